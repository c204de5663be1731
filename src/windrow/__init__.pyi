"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow import filters as filters
from windrow import workloads as workloads
from windrow.board.host import Host as Host
from windrow.board.host import LinkError as LinkError
from windrow.board.host import Traffic as Traffic
from windrow.board.port import PortError as PortError
from windrow.board.port import SerialPort as SerialPort
from windrow.network.dead_channels import without_dead_channels as without_dead_channels
from windrow.network.graph import Network as Network
from windrow.operators.average_pool import AvgPool2d as AvgPool2d
from windrow.operators.conv2d import Conv2d as Conv2d
from windrow.operators.max_pool import MaxPool2d as MaxPool2d
from windrow.operators.max_pool import MinPool2d as MinPool2d
from windrow.operators.rank import Median2d as Median2d
from windrow.operators.rank import Rank2d as Rank2d
from windrow.operators.sum_pool import SumPool2d as SumPool2d
from windrow.operators.transposed import ConvTranspose2d as ConvTranspose2d
from windrow.operators.upsample import Upsample2d as Upsample2d
from windrow.outputs.clamp import Clamp as Clamp
from windrow.outputs.lookup import Lookup as Lookup
from windrow.outputs.requantise import Requantize as Requantize
from windrow.pipeline.flow import Deadlock as Deadlock
from windrow.pipeline.pipeline import Pipeline as Pipeline
from windrow.planning.balance import LayerPlan as LayerPlan
from windrow.planning.balance import NetworkPlan as NetworkPlan
from windrow.planning.balance import balance as balance
from windrow.planning.budget import Budget as Budget
from windrow.planning.plan import designs as designs
from windrow.planning.plan import plan as plan
from windrow.stage.blocks import Blocks as Blocks
from windrow.stage.design import Design as Design
from windrow.stage.estimates import Estimate as Estimate
from windrow.stage.estimates import estimate as estimate
from windrow.stage.programmable import Runtime as Runtime
from windrow.storage.files import save as save
from windrow.storage.loading import load as load
from windrow.timing.bounds import Bounds as Bounds
from windrow.timing.figures import Figures as Figures
from windrow.timing.figures import figures as figures
from windrow.timing.figures import figures_of as figures_of
from windrow.timing.stalls import Stalls as Stalls
from windrow.timing.timing import Timing as Timing
from windrow.values.numerics import Int as Int
from windrow.values.numerics import UInt as UInt
from windrow.version import __version__ as __version__
from windrow_explore import explore as explore
from windrow_hdl.handover import handover as handover
from windrow_hdl.synthesis import Synthesis as Synthesis
from windrow_hdl.synthesis import SynthesisError as SynthesisError
from windrow_hdl.synthesis import synthesize as synthesize
from windrow_hdl.verilog import verilog as verilog
from windrow_sim import Hang as Hang
from windrow_sim import Mismatch as Mismatch
from windrow_sim import Run as Run
from windrow_sim import ToolMissing as ToolMissing
from windrow_sim import simulate as simulate

__all__ = [
    "AvgPool2d",
    "Blocks",
    "Bounds",
    "Budget",
    "Clamp",
    "Conv2d",
    "ConvTranspose2d",
    "Deadlock",
    "Design",
    "Estimate",
    "Figures",
    "Hang",
    "Host",
    "Int",
    "LayerPlan",
    "LinkError",
    "Lookup",
    "MaxPool2d",
    "Median2d",
    "MinPool2d",
    "Mismatch",
    "Network",
    "NetworkPlan",
    "Pipeline",
    "PortError",
    "Rank2d",
    "Requantize",
    "Run",
    "Runtime",
    "SerialPort",
    "Stalls",
    "SumPool2d",
    "Synthesis",
    "SynthesisError",
    "Timing",
    "ToolMissing",
    "Traffic",
    "UInt",
    "Upsample2d",
    "__version__",
    "balance",
    "designs",
    "estimate",
    "explore",
    "figures",
    "figures_of",
    "filters",
    "handover",
    "load",
    "plan",
    "save",
    "simulate",
    "synthesize",
    "verilog",
    "without_dead_channels",
    "workloads",
]

"""Windrow: strided sliding-window layers as FPGA hardware, exact in value and in time.

    import windrow as wr

    layer = wr.Conv2d(height=64, width=64, kernel_size=3, stride=2, padding=1)
    design = wr.plan(layer)                         # the cheapest design that keeps the input's pace
    run = wr.simulate(design, image, weights)       # real hardware, in a simulator
    run.check()                                     # every value and every cycle

Importing this package loads nothing: models, hardware description and simulators are fetched when they are
first used.  `__init__.pyi` says the same to type checkers.
"""

from windrow.face import lazy
from windrow.version import __version__

_HOMES = {
    # what
    "Conv2d": "windrow.operators.conv2d",
    "ConvTranspose2d": "windrow.operators.transposed",
    "Int": "windrow.values.numerics",
    "AvgPool2d": "windrow.operators.average_pool",
    "MaxPool2d": "windrow.operators.max_pool",
    "Median2d": "windrow.operators.rank",
    "Upsample2d": "windrow.operators.upsample",
    "Rank2d": "windrow.operators.rank",
    "MinPool2d": "windrow.operators.max_pool",
    "SumPool2d": "windrow.operators.sum_pool",
    "UInt": "windrow.values.numerics",
    "Clamp": "windrow.outputs.clamp",
    "Lookup": "windrow.outputs.lookup",
    "Requantize": "windrow.outputs.requantise",
    "Network": "windrow.network.graph",
    "filters": "windrow.filters",
    # a stage, and when
    "Blocks": "windrow.stage.blocks",
    "Bounds": "windrow.timing.bounds",
    "Design": "windrow.stage.design",
    "Runtime": "windrow.stage.programmable",
    "Stalls": "windrow.timing.stalls",
    "Timing": "windrow.timing.timing",
    "Deadlock": "windrow.pipeline.flow",
    "Pipeline": "windrow.pipeline.pipeline",
    "without_dead_channels": "windrow.network.dead_channels",
    "Estimate": "windrow.stage.estimates",
    "estimate": "windrow.stage.estimates",
    "Figures": "windrow.timing.figures",
    "figures": "windrow.timing.figures",
    "figures_of": "windrow.timing.figures",
    # choosing
    "Budget": "windrow.planning.budget",
    "LayerPlan": "windrow.planning.balance",
    "NetworkPlan": "windrow.planning.balance",
    "balance": "windrow.planning.balance",
    "designs": "windrow.planning.plan",
    "explore": "windrow_explore",
    "plan": "windrow.planning.plan",
    "workloads": "windrow.workloads",
    # files
    "load": "windrow.storage.loading",
    "save": "windrow.storage.files",
    # hardware
    "Synthesis": "windrow_hdl.synthesis",
    "SynthesisError": "windrow_hdl.synthesis",
    "handover": "windrow_hdl.handover",
    "synthesize": "windrow_hdl.synthesis",
    "verilog": "windrow_hdl.verilog",
    # simulation
    "Hang": "windrow_sim",
    "Mismatch": "windrow_sim",
    "Run": "windrow_sim",
    "ToolMissing": "windrow_sim",
    "simulate": "windrow_sim",
    # a board on a serial line
    "Host": "windrow.board.host",
    "LinkError": "windrow.board.host",
    "PortError": "windrow.board.port",
    "SerialPort": "windrow.board.port",
    "Traffic": "windrow.board.host",
}

__all__ = ["__version__", *_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazy(globals(), _HOMES)

"""What `__init__.py` fetches when it is used, for type checkers."""

from windrow_sim.engines.tools import ToolMissing as ToolMissing
from windrow_sim.runs.board import SimulatedBoard as SimulatedBoard
from windrow_sim.runs.run import Hang as Hang
from windrow_sim.runs.run import Mismatch as Mismatch
from windrow_sim.runs.run import Run as Run
from windrow_sim.runs.video import simulate_video as simulate_video
from windrow_sim.simulation import ENGINES as ENGINES
from windrow_sim.simulation import simulate as simulate
from windrow_sim.streams.video import VideoStream as VideoStream
from windrow_sim.streams.video import video_stream as video_stream

__all__ = ["ENGINES", "Hang", "Mismatch", "Run", "SimulatedBoard", "ToolMissing", "VideoStream", "simulate",
           "simulate_video", "video_stream"]

"""Models on the command line: a file, what the pipeline is planned for, and the pipeline."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from rich.console import Console
from typer import Option

import windrow
from windrow import workloads
from windrow.network.graph import Network
from windrow.pipeline.pipeline import Pipeline
from windrow.storage.loading import MODELS, load
from windrow_cli.console import UserMistake, user_input
from windrow_cli.options import LayerOptions

MODEL = "|".join([*(f"MODEL{suffix}" for suffix in MODELS), *workloads.MODELS])
"""How help texts name a model."""

_NETWORK = "Network"


@dataclasses.dataclass(frozen=True)
class PaceOptions:
    """What the pipeline of a model is planned for."""

    multipliers: Annotated[int | None, Option(metavar="N", rich_help_panel=_NETWORK,
        help="Of a model: most multipliers, for the shortest interval.")] = None
    interval: Annotated[int | None, Option(metavar="CYCLES", rich_help_panel=_NETWORK,
        help="Of a model: longest interval between frames.")] = None
    fps: Annotated[float | None, Option(metavar="RATE", rich_help_panel=_NETWORK,
        help="Of a model: frames a second, at least.")] = None

    def check_unused(self) -> None:
        """UserMistake for options that say nothing about a layer."""
        said = [f"--{name}" for name, value in dataclasses.asdict(self).items() if value is not None]
        if said:
            raise UserMistake(f"{', '.join(said)} must be left out without a model ({' or '.join(MODELS)})")


def is_model(path: Path | None) -> bool:
    """Is it a model file, by its suffix, or the name of one that comes with Windrow?"""
    return path is not None and (path.suffix.lower() in MODELS or str(path) in workloads.MODELS)


def check_unused(model: Path, layer: LayerOptions, others: Mapping[str, object]) -> None:
    """UserMistake for options that say nothing about a model: any flag of a layer, and those of `others`."""
    flags = {f"--{name.replace('_', '-')}": value for name, value in dataclasses.asdict(layer).items()}
    said = [name for name, value in {**flags, **others}.items() if value not in (None, False)]
    if said:
        raise UserMistake(f"{model} is a whole network: leave out {', '.join(said)}")


def read_model(model: Path, progress: Console) -> Network:
    """The network of a model file, or one that comes with Windrow."""
    with progress.status("reading"), user_input():
        try:
            known = str(model) in workloads.MODELS
            network = workloads.model(str(model)) if known else load(model)
        except ImportError as error:
            raise UserMistake(str(error)) from error
        assert isinstance(network, Network), "its suffix says so"
        return network


def planned(network: Network, pace: PaceOptions, clock: float, progress: Console) -> Pipeline:
    """The pipeline of a network, its queues sized."""
    with progress.status("planning") as status, user_input():
        demand: dict[str, Any] = dataclasses.asdict(pace)
        pipeline = windrow.plan(network, clock_mhz=clock if pace.fps is not None else None, **demand)
        status.update("sizing queues")
        _ = pipeline.fifos
        return pipeline

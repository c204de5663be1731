"""Models on the command line: a file, what the pipeline is planned for, and the pipeline."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from typer import Argument, Option

import windrow
from windrow import workloads
from windrow.network.dead_channels import Saving, without_dead_channels
from windrow.network.graph import Network
from windrow.operators.operator import INPUT
from windrow.pipeline.pipeline import Pipeline
from windrow.storage import images
from windrow.storage.loading import MODELS, load
from windrow_cli.console import UserMistake, user_input
from windrow_cli.options import LayerOptions

MODEL = "|".join([*(f"MODEL{suffix}" for suffix in MODELS), *workloads.MODELS])
"""How help texts name a model."""

ModelInput = Annotated[Path | None, Argument(metavar="IMAGE|ARRAY.npy", show_default=False,
    help="Behind a model: what goes into it. [dim]\\[default: pseudo-random][/]")]

BUDGET = "85F|156dsp,40klut,208bram"
BUDGET_HELP = "Of a model: what an ECP5 has for it, for the shortest interval; all multipliers count."

IDLE_ENDS = ("Of a model: the last beat of a pixel that comes in or leaves may be partly idle. "
             "[dim]\\[default: where it makes the interval shorter][/]")

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
    budget: Annotated[str | None, Option(metavar=BUDGET, rich_help_panel=_NETWORK, help=BUDGET_HELP)] = None
    idle_ends: Annotated[bool | None, Option("--idle-ends/--no-idle-ends", rich_help_panel=_NETWORK,
        show_default=False, help=IDLE_ENDS)] = None
    keep_dead_channels: Annotated[bool, Option("--keep-dead-channels", rich_help_panel=_NETWORK,
        help="Of a model: compute channels that are always the same number, too.")] = False

    def check_unused(self) -> None:
        """UserMistake for options that say nothing about a layer."""
        self._check(f"must be left out without a model ({' or '.join(MODELS)})")

    def check_unsaid(self, why: str) -> None:
        """UserMistake for any of these options, with the reason."""
        self._check(f"must be left out: {why}")

    def _check(self, wrong: str) -> None:
        said = [f"--{name.replace('_', '-')}" for name, value in dataclasses.asdict(self).items()
                if value is not None and (value is not False or name == "idle_ends")]  # fmt: skip
        if said:
            raise UserMistake(f"{', '.join(said)} {wrong}")


def is_model(path: Path | None) -> bool:
    """Is it a model file, by its suffix, or the name of one that comes with Windrow?"""
    return path is not None and (path.suffix.lower() in MODELS or str(path) in workloads.MODELS)


def check_model(path: Path) -> None:
    """UserMistake for what is no model, by its name."""
    if not is_model(path):
        raise UserMistake(f"{path} must be a model, {MODEL}; a layer is given by --layer FILE.toml")


def unused_flags(group: Any, *used: str) -> dict[str, object]:
    """What was said with the flags of a group of options, by flag; those `used` aside."""
    return {f"--{field.name.replace('_', '-')}": getattr(group, field.name)
            for field in dataclasses.fields(group)
            if field.name not in used and getattr(group, field.name) != field.default}


def check_unused(model: Path, layer: LayerOptions, others: Mapping[str, object]) -> None:
    """UserMistake for options that say nothing about a model: any flag of a layer, and those of `others`."""
    flags = {**unused_flags(layer), **others}
    said = [name for name, value in flags.items() if value not in (None, False)]
    if said:
        raise UserMistake(f"{model} is a whole network: leave out {', '.join(said)}")


def read_model(model: Path, progress: Console, *, keep_dead: bool) -> tuple[Network, Saving]:
    """The network of a model file, or one that comes with Windrow, and what its dead channels save."""
    with progress.status("reading"), user_input():
        try:
            known = str(model) in workloads.MODELS
            network = workloads.model(str(model)) if known else load(model)
        except ImportError as error:
            raise UserMistake(str(error)) from error
        assert isinstance(network, Network), "its suffix says so"
        smaller, saving = without_dead_channels(network)
        return (network if keep_dead else smaller), saving


def planned(network: Network, pace: PaceOptions, clock: float, progress: Console, pixels: int | None = None
            ) -> Pipeline:  # fmt: skip
    """The pipeline of a network, its queues sized; `pixels`: of a row in one beat of the input."""
    if (pace.multipliers, pace.interval, pace.fps, pace.budget, pixels) == (None,) * 5:
        raise UserMistake(f"say what to plan {network.name} for: --multipliers N, --interval CYCLES, "
                          "--fps RATE or --budget 85F")  # fmt: skip
    with progress.status("planning") as status, user_input():
        demand: dict[str, Any] = dataclasses.asdict(pace)
        del demand["keep_dead_channels"]
        pipeline = windrow.plan(network, pixels=pixels, clock_mhz=clock if pace.fps is not None else None,
                                **demand)
        status.update("sizing queues")
        _ = pipeline.fifos
        return pipeline


def random_frame(network: Network, seed: int) -> NDArray[np.int64]:
    """A pseudo-random frame for a network's input."""
    return network.tensors[network.input].type.random(network.input_shape, seed, INPUT)


def read_frames(path: Path, network: Network) -> NDArray[np.int64]:
    """Integers for a network's input: of an `.npy` file as they are, of a picture from black to white.

    Raises ValueError for a picture of another size, or for an input that is no picture's.
    """
    if path.suffix.lower() == ".npy":
        array = images.read_array(path, dimensions=(1, 2, 3, 4))
        network.check_input(array)
        return array
    kind = network.tensors[network.input].type
    if len(network.input_shape) != 3 or kind.bits != 8:
        raise ValueError(f"{path} must be an .npy file of {kind} and shape {network.input_shape}, no picture")
    height, width, channels = network.input_shape
    picture = images.read(path, channels)
    images.check_size(path, picture, (height, width), "scale it first")
    return picture + kind.min

"""Failure: a simulation that can be told about: the first mismatch and its surroundings, files, a reproducer.

    <folder>/stimulus.npz      x, weights, bias, and what was expected
             reproducer.py     the same simulation, in a dozen lines
             pipeline.pickle   the hardware, where it is a whole network
             waves.vcd         on request (.fst from Icarus), with views
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import windrow
from windrow.pipeline.pipeline import Pipeline
from windrow.timing.stalls import Stalls
from windrow_hdl.network import check_none
from windrow_sim.runs.run import Hang, Mismatch, Run
from windrow_sim.waves.trace import FORMATS

if TYPE_CHECKING:
    from windrow.stage.design import Design

__all__ = ["Simulation"]

Array = npt.NDArray[np.int64]

_AROUND = 2  # rows and columns that are shown on each side


@dataclass(eq=False)
class Simulation:
    """One simulation of a test: what goes in, what should come out, and what became of it.

    Attributes
    ----------
    design, x, weights, bias
        Checked arrays; of a pipeline, which has its own constants, None for these.
    expected : (N, Ho, Wo, O) int64 or None
        Outputs according to somebody else than the golden model.
    check : bool
        Whether to compare with the golden model and the timing model.
    options : dict
        The other arguments of `windrow.simulate`.
    name : str
        Of the test.
    folders : function
        Makes a folder that survives, from a name.
    """

    design: Design | Pipeline
    x: Array
    weights: Array | None
    bias: Array | None
    expected: Array | None
    check: bool
    options: dict[str, Any]
    name: str
    folders: Callable[[str], Path]
    engine: str = ""
    seeded: tuple[str, ...] = ()
    failure: str = ""
    _folder: Path | None = field(default=None, repr=False)

    @classmethod
    def build(cls, design: Design | Pipeline, x: npt.ArrayLike | None, weights: npt.ArrayLike | None,
              bias: npt.ArrayLike | None, *, expected: npt.ArrayLike | None, check: bool, seed: int,
              options: dict[str, Any], name: str, folders: Callable[[str], Path]) -> Simulation:
        """A simulation in which whatever is left out is random, from `seed`."""
        network = isinstance(design, Pipeline)
        seeded = tuple(word for word, given in (("x", x), *([] if network else [("weights", weights)]))
                       if given is None)
        if x is None:
            x = design.random_input(seed, options.get("frames", 1))
        if network:
            check_none(weights, bias)
        elif weights is None:
            weights = design.layer.random_weights(seed)
            bias = design.layer.random_bias(seed) if bias is None else bias
        frames = design.check_input(x)
        outputs = None
        if expected is not None:
            outputs = np.asarray(expected)
            shape = (max(len(frames), options.get("frames", 1)), *design.output_shape)
            if outputs.shape not in (shape, shape[1:]):
                raise ValueError(f"expected must have shape {shape} or {shape[1:]}, not {outputs.shape}")
            if not np.issubdtype(outputs.dtype, np.integer):
                raise TypeError(f"expected must be integers, not {outputs.dtype}")
            outputs = np.broadcast_to(outputs.astype(np.int64), shape)
        constants = (None, None) if network else design.layer.check_parameters(weights, bias)
        return cls(design, frames, *constants, outputs, check, options, name, folders,
                   options.get("engine", "auto"), seeded)

    def run(self, waves: bool = False) -> Run:
        """Simulate and compare. Raises `Mismatch` or `Hang` with the whole story."""
        __tracebackhide__ = True
        try:
            run = self._simulate(self.folder / f"waves{self._suffix()}" if waves else None)
        except (Hang, Mismatch) as error:
            self.failure = str(error)
            raise
        self.engine = run.engine
        story = self._difference(run)
        if story:
            self.failure = story
            raise Mismatch(story)
        return run

    @property
    def folder(self) -> Path:
        """Where the files of this simulation go; made when it is first needed."""
        if self._folder is None:
            plain = re.sub(r"[^A-Za-z0-9._-]+", "-", self.name).strip("-")
            self._folder = self.folders(f"windrow-{plain[:60]}")
        return self._folder

    def report(self, waves: bool) -> str:
        """Write the files of a failed test, with waves if there are none yet; says what is where."""
        files = self._write()
        path = self.folder / f"waves{self._suffix()}"
        if waves and not path.exists():
            with suppress(Hang, Mismatch):  # that is known; the waves are there
                self._simulate(path)
        if path.exists():
            files.append(path.name)
        notes = [f"engine {self.engine}, {self.design!r}"]
        if self.seeded:
            notes.append(f"random {' and '.join(self.seeded)}")
        notes += [f"{name}={self.options[name]!r}" for name in ("input_stall", "output_stall")
                  if self.options.get(name) is not None]
        return "\n".join([*notes, f"{self.folder}: {', '.join(files)}",
                          f"To repeat it: python {self.folder / 'reproducer.py'}", "", self._reproducer()])

    def _simulate(self, trace: Path | None) -> Run:
        options = self.options if trace is None else {**self.options, "trace": trace}
        if isinstance(self.design, Pipeline):
            return windrow.simulate(self.design, self.x, **options)
        return windrow.simulate(self.design, self.x, self.weights, self.bias, **options)

    def _suffix(self) -> str:
        """What the engine writes unless it is asked for something else."""
        return FORMATS[self.engine][0] if self.engine in FORMATS else ".vcd"

    def _write(self) -> list[str]:
        arrays = {"x": self.x, "weights": self.weights, "bias": self.bias, "expected": self.expected}
        np.savez(self.folder / "stimulus.npz", **{name: a for name, a in arrays.items() if a is not None})
        (self.folder / "reproducer.py").write_text(self._reproducer(), encoding="utf-8")
        if not isinstance(self.design, Pipeline):
            return ["stimulus.npz", "reproducer.py"]
        (self.folder / "pipeline.pickle").write_bytes(pickle.dumps(self.design))
        return ["stimulus.npz", "reproducer.py", "pipeline.pickle"]

    def _reproducer(self) -> str:
        options = {**self.options, "engine": self.engine}
        for name in ("input_stall", "output_stall"):
            if options.get(name) is not None:
                options[name] = Stalls.of(options[name], name)
        shown = "".join(f",\n    {name}={_source(value)}" for name, value in options.items())
        given = [("x", self.x), ("weights", self.weights), ("bias", self.bias)]
        data = ", ".join(f'data["{name}"]' for name, array in given if array is not None)
        lines = [
            *(["import pickle", "from pathlib import Path", ""] if isinstance(self.design, Pipeline) else []),
            "import numpy as np",
            "import windrow as wr",
            "",
            f"data = np.load({str(self.folder / 'stimulus.npz')!r})",
            *([f"design = pickle.loads(Path({str(self.folder / 'pipeline.pickle')!r}).read_bytes())"]
              if isinstance(self.design, Pipeline) else _design_source(self.design)),
            f"run = wr.simulate(design, {data}{shown})",
        ]
        if self.check:
            lines.append("run.check()")
        if self.expected is not None:
            lines.append('np.testing.assert_array_equal(run.output, data["expected"])')
        return "\n".join([*lines, ""])

    def _difference(self, run: Run) -> str | None:
        """What is wrong with a run, and around the first place; None if nothing is."""
        if self.check:
            try:
                run.check()
            except Mismatch as error:
                return f"{error}{self._surroundings(run)}"
        if self.expected is None or (run.output == self.expected).all():
            return None
        wrong = run.output != self.expected
        frame, row, column, channel = at = _first(wrong)
        beat = column // self.design.output_pixels
        cycle = run.output_cycles[frame, row, beat, channel // self.design.pe]
        headline = (f"output differs first at frame {frame}, row {row}, column {column}, channel {channel}: "
                    f"expected {self.expected[at]}, got {run.output[at]} in cycle {cycle}; "
                    f"{np.count_nonzero(wrong)} of {wrong.size} outputs differ from `expected` "
                    f"(engine {run.engine}, {self.design!r})")
        if (_golden(run) == run.output).all():
            constants = "the network" if isinstance(self.design, Pipeline) else "these weights"
            headline += f"\nThe hardware agrees with the golden model of {constants}: `expected` does not."
        return headline + _table(self.expected, run.output, at, "outputs")

    def _surroundings(self, run: Run) -> str:
        golden = _golden(run)
        if (run.output != golden).any():
            return _table(golden, run.output, _first(run.output != golden), "outputs")
        timing = self.design.timing(len(run.x), input_stall=run.input_stall, output_stall=run.output_stall)
        if (run.output_cycles != timing.output_cycles).any():
            at = _first(run.output_cycles != timing.output_cycles)
            return _table(timing.output_cycles, run.output_cycles, at, "cycles")
        return ""


def _first(wrong: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(index) for index in np.unravel_index(int(np.argmax(wrong)), wrong.shape))


def _golden(run: Run[Any]) -> Array:
    constants = () if isinstance(run.design, Pipeline) else (run.weights, run.bias)
    return run.design.golden(run.x, *constants)


def _design_source(design: Design) -> list[str]:
    """Lines that make `layer` and `design`."""
    runtime = "" if design.runtime is None else f", runtime={_source(design.runtime)}"
    pixels = "" if design.pixels == 1 else f", pixels={design.pixels}"
    configured = f"design = design.configured({_source(design.layer)})"
    return [
        f"layer = {_source(design.hardware.layer)}",
        f"design = wr.Design(layer, lanes={design.lanes}, pe={design.pe}, "
        f"taps={design.taps}{pixels}{runtime})",
        *([] if design == design.hardware else [configured]),
    ]


def _source(value: object) -> str:
    """What `repr` says, with the names of classes those of the module `wr`."""
    return re.sub(r"(?<![\w.])[A-Z]\w*(?=[(.])", r"wr.\g<0>", repr(value))


def _table(expected: Array, got: Array, at: tuple[int, ...], what: str) -> str:
    """Expected and actual numbers around `at`, side by side; those that differ in brackets."""
    frame, row, column, channel = at
    rows = range(max(0, row - _AROUND), min(got.shape[1], row + _AROUND + 1))
    columns = range(max(0, column - _AROUND), min(got.shape[2], column + _AROUND + 1))
    one, two = expected[frame, :, :, channel], got[frame, :, :, channel]
    width = max(len(str(side[r, c])) for side in (one, two) for r in rows for c in columns) + 2

    def line(side: Array, r: int) -> str:
        cells = (f"[{side[r, c]}]" if one[r, c] != two[r, c] else f"{side[r, c]} " for c in columns)
        return " ".join(f"{cell:>{width}}" for cell in cells)

    block = [f"  row {r:<5}{line(one, r)}   | {line(two, r)}" for r in rows]
    span = (width + 1) * len(columns) - 1
    title = (f"frame {frame}, columns {columns[0]}-{columns[-1]}, "
             f"{'channel' if what == 'outputs' else 'beat'} {channel}")
    return "\n".join([f"\n{what.capitalize()} of {title}; those that differ in brackets",
                      f"  {'':9}{'expected':<{span}}   | got", *block])

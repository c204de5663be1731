"""Waves: which file an engine writes them to, cut to some cycles, and with views.

    engine ──▶ file aside ──▶ cut ──▶ waves.vcd or .fst, waves.gtkw, waves.sucl
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from windrow.storage.outputs import as_path, whole
from windrow_sim.runs.run import Hang, Mismatch
from windrow_sim.streams.exchange import RESET
from windrow_sim.waves import vcd
from windrow_sim.waves.views import write_views

if TYPE_CHECKING:
    from windrow.stage.design import Design

__all__ = ["FORMATS", "check_trace", "check_trace_cycles", "recording"]

FORMATS = {"amaranth": (".vcd",), "verilator": (".vcd", ".fst"), "icarus": (".fst",),
           "verilator-cocotb": (".vcd",)}
"""What each engine can write, by suffix, first what it writes where nothing else is asked for."""

_CYCLE = 10**9  # femtoseconds


def check_trace(trace: str | os.PathLike[str] | None, engine: str) -> Path | None:
    """`trace` as a path. Raises TypeError for what is none, ValueError for a format of another engine."""
    if trace is None:
        return None
    path = as_path(trace, "trace")
    suffix = path.suffix.lower()
    if suffix not in FORMATS[engine]:
        others = [repr(name) for name, formats in FORMATS.items() if suffix in formats]
        hint = f"; engine {' or '.join(others)} writes {suffix}" if others else ""
        raise ValueError(f"trace must be a path that ends in {' or '.join(FORMATS[engine])} for engine "
                         f"{engine!r}, not {str(trace)!r}{hint}")
    return path


def check_trace_cycles(cycles: tuple[int, int] | None) -> tuple[int, int] | None:
    """`(first, end)`. Raises TypeError for anything but two integers, ValueError if no cycle is in it."""
    if cycles is None:
        return None
    if not isinstance(cycles, (tuple, list)) or len(cycles) != 2 or not all(
            isinstance(c, int) and not isinstance(c, bool) for c in cycles):
        raise TypeError(f"trace_cycles must be two integers (first, end), not {cycles!r}")
    first, end = cycles
    if not 0 <= first < end:
        raise ValueError(f"trace_cycles must be (first, end) with 0 <= first < end, not {tuple(cycles)!r}")
    return first, end


@contextmanager
def recording(trace: Path | None, engine: str, cycles: tuple[int, int] | None = None, *,
              views: Design | None) -> Iterator[Path | None]:
    """A path for an engine to write its waves to; afterwards they are at `trace`, in their final form.

    That is with the cycles `first <= c < end` of `cycles`, and with views of the design that `views` is (not
    for gates, without blocks).
    Also after a Hang or a Mismatch, which waves help to understand; after any other failure nothing is left.
    """
    if trace is None:
        yield None
        return
    failure = None
    with whole(trace) as aside:
        try:
            yield aside
        except (Hang, Mismatch) as error:
            failure = error
        if cycles is not None and trace.suffix.lower() == ".vcd":  # of FST the engine wrote no more
            start = RESET if engine == "verilator-cocotb" else 0
            with whole(aside) as final:
                vcd.cut(aside, final, ((start + cycles[0]) * _CYCLE, (start + cycles[1]) * _CYCLE))
    if views is not None:
        write_views(trace, views)
    if failure is not None:
        raise failure

"""What a build for a board took and reached, as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from windrow_cli.tables import Cell

if TYPE_CHECKING:
    from windrow_hdl.boards import Build

__all__ = ["built_rows"]


def built_rows(found: Build) -> list[tuple[str, Cell]]:
    """Resources, clock, how to load it, and frames a second of datapath and line."""
    said = found.to_dict()
    rows: list[tuple[str, Cell]]
    if found.bitstream is None:
        rows = [("clock", f"{found.clock_mhz:g} MHz"),
                ("not built here", f"needs the vendor's tools: {found.files[0].parent}/build_top.sh")]
    else:
        rows = [*found.resources().items(), ("registers", f"{found.ff:,}"), ("clock", _clock(found)),
                ("bitstream", str(found.bitstream)), ("load it with", found.loader())]
    return [*rows, ("datapath", f"{said['datapath_fps']:,.1f} frames/s"),
            ("line", f"{said['line_fps']:,.1f} frames/s at {found.baud:,} baud")]


def _clock(found: Build) -> Text:
    fmax, clock = found.fmax_mhz, found.clock_mhz
    assert fmax is not None, "it was placed"
    spare = Text(f"{fmax - clock:.1f} MHz to spare")
    verdict = spare if found.meets_timing else Text("too slow, kept as asked", "red")
    return Text(f"{clock:g} MHz; {fmax:g} MHz reached, ") + verdict

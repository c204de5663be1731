"""FuseSoC: the hand-over as a core (CAPI2), with targets for simulation, lint and synthesis."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

import windrow
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design

__all__ = ["core"]

_TOP = """\
CAPI=2:
name: ::{name}:{version}
description: "{computes}; {design}"

filesets:
  rtl:
    files: [{name}.v]
    file_type: verilogSource
  testbench:
    files:
{testbench}
    file_type: verilogSource
"""

_TARGETS = """\

targets:
  default: &default
    filesets: [rtl]
    toplevel: NAME

  sim: &sim
    description: "the self-checking testbench, in Icarus Verilog; --stalls=0 to 7, --seed=N"
    filesets: [rtl, testbench]
    toplevel: testbench
    parameters: [stalls, seed, cycles]
    flow: sim
    flow_options:
      tool: icarus
      iverilog_options: [-g2012]

  sim_verilator:
    <<: *sim
    description: "the same in Verilator"
    flow_options:
      tool: verilator
      mode: binary
      verilator_options: [--timing, -Wno-fatal, -Wno-lint, -CFLAGS, -std=c++20]

  lint:
    <<: *default
    description: "Verilator's opinion"
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wall]
"""

_SYNTHESIS = """\

  synth:
    <<: *default
    description: "Vivado; name your part"
    filesets: [rtl, xdc]
    flow: vivado
    flow_options:
      part: xc7a35tcsg324-1
      pnr: none
"""

_PARAMETERS = """\

parameters:
  stalls:
    datatype: int
    default: 0
    paramtype: plusarg
    description: "both streams pause in so many of 8 cycles"
  seed:
    datatype: int
    default: 1
    paramtype: plusarg
    description: "other pauses"
  cycles:
    datatype: int
    default: 0
    paramtype: plusarg
    description: "stop after so many cycles; 0: never"
"""


def core(design: Design | Pipeline, files: Iterable[str], name: str) -> str:
    """The core file for a hand-over of these files, by name, of a module `name`."""
    names = sorted(files)
    testbench = []
    for file in names:
        path = PurePosixPath(file)
        if path.parts[0] != "sim" or path.name == "Makefile":
            continue
        if path.suffix == ".vh":
            testbench.append(f"      - {file}: {{is_include_file: true}}")
        elif path.suffix == ".hex":  # read from the folder that the simulator runs in
            testbench.append(f"      - {file}: {{file_type: user, copyto: {path.name}}}")
        else:
            testbench.append(f"      - {file}")
    text = _TOP.format(name=name, version=windrow.__version__, computes=design.computes, design=design,
                       testbench="\n".join(testbench))
    if f"constraints/{name}.xdc" not in names:
        return text + (_TARGETS + _PARAMETERS).replace("NAME", name)
    xdc = "  xdc:\n    files: [constraints/NAME.xdc]\n    file_type: xdc\n"
    return text + (xdc + _TARGETS + _SYNTHESIS + _PARAMETERS).replace("NAME", name)

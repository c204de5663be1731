"""Vivado: synthesis out of context, and the packaging as an IP core, as Tcl."""

from __future__ import annotations

import windrow
from windrow.pipeline.pipeline import Pipeline
from windrow.stage.design import Design
from windrow_hdl.axi.ports import Face

__all__ = ["vivado"]

_SYNTHESIS = """\
# Synthesises, places and routes the module alone, out of context; reports go to vivado/build.
#
#     vivado -mode batch -source vivado/synth.tcl
#     vivado -mode batch -source vivado/synth.tcl -tclargs xc7z020clg400-1
set here [file dirname [file normalize [info script]]]
set part [expr {[llength $argv] > 0 ? [lindex $argv 0] : "xc7a35tcsg324-1"}]
set out [file join $here build]
file mkdir $out

create_project -in_memory -part $part
read_verilog [file join $here .. NAME.v]
read_xdc -mode out_of_context [file join $here .. constraints NAME.xdc]
synth_design -top NAME -part $part -mode out_of_context
opt_design
place_design
route_design
report_utilization -file [file join $out utilization.rpt]
report_timing_summary -file [file join $out timing.rpt]
write_checkpoint -force [file join $out NAME.dcp]
"""

_PACKAGE = """\
# Packages the module as an IP core for block designs; add vivado/build/ip to a project's IP repositories.
#
#     vivado -mode batch -source vivado/package.tcl
set here [file dirname [file normalize [info script]]]
set out [file join $here build]
file mkdir $out

create_project -force package_NAME [file join $out project]
add_files -norecurse [file join $here .. NAME.v]
set_property top NAME [current_fileset]
update_compile_order -fileset sources_1
ipx::package_project -root_dir [file join $out ip] -vendor windrow -library user -taxonomy /UserIP \\
    -import_files -force
set core [ipx::current_core]
set_property name NAME $core
set_property version VERSION $core
set_property display_name {Windrow KIND} $core
set_property description {DESCRIPTION} $core
BUSES
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity $core
ipx::save_core $core
close_project
"""

_BUSES = {
    # Vivado finds the buses by the names of their ports; which clock they belong to has to be said.
    "axi": """\
foreach bus {s_axis m_axis s_axi} {
    ipx::associate_bus_interfaces -busif $bus -clock aclk $core
}
set reset [ipx::get_bus_interfaces aresetn -of_objects $core]
set_property value ACTIVE_LOW [ipx::add_bus_parameter POLARITY $reset]""",
    "stream": "# Plain streams are no bus that Vivado knows: their ports stay single.",
}


def vivado(design: Design | Pipeline, face: Face, name: str) -> dict[str, str]:
    """Contents of the files, by name."""
    about = f"{design.computes}; {design}"  # Tcl takes it as it is, in braces; it has none of its own
    package = (_PACKAGE.replace("VERSION", ".".join(windrow.__version__.split(".")[:2]))
               .replace("KIND", "network" if isinstance(design, Pipeline) else "convolution")
               .replace("DESCRIPTION", about).replace("BUSES", _BUSES["axi" if face.axi else "stream"]))
    return {"vivado/synth.tcl": _SYNTHESIS.replace("NAME", name),
            "vivado/package.tcl": package.replace("NAME", name)}

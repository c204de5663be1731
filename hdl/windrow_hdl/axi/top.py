"""PlainPorts: a component as the top of a Verilog design, with the port names that AXI tools look for."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import ClockDomain, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In


class PlainPorts(wiring.Component):
    """`component` with ports `s_axis_tdata` instead of `s_axis__tdata`, clock `aclk` and reset `aresetn`.

    The reset is active low and synchronous.
    """

    @property
    def ports(self) -> dict[str, Value]:
        """Every port by its name."""
        return {path[0]: value for path, _, value in self.signature.flatten(self)}


    def __init__(self, component: Any) -> None:
        self.component = component
        ports = {"_".join(path): member for path, member, _ in component.signature.flatten(component)}
        super().__init__({"aclk": In(1), "aresetn": In(1), **ports})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # The port itself is the clock: a copy would change a moment later in simulation.
        m.domains.sync = domain = ClockDomain("sync")
        domain.clk = self.aclk
        m.d.comb += domain.rst.eq(~self.aresetn)
        m.submodules.axi = self.component
        for path, member, value in self.component.signature.flatten(self.component):
            port = getattr(self, "_".join(path))
            m.d.comb += value.eq(port) if member.flow == In else port.eq(value)
        return m

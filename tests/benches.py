"""One way to run a component alone in Amaranth's simulator: a value for each input in every cycle."""

from collections.abc import Iterable, Mapping
from typing import Any

from amaranth.hdl import Module
from amaranth.sim import Simulator


def play(dut: Any, inputs: Iterable[Mapping[str, int]], outputs: Iterable[str]) -> list[dict[str, Any]]:
    """What `outputs` show in each cycle in which `inputs` are applied, before the clock edge that ends it.

    An array of ports shows a list.
    """
    seen: list[dict[str, Any]] = []
    names = list(outputs)

    async def bench(ctx: Any) -> None:
        for values in inputs:
            for name, value in values.items():
                ctx.set(getattr(dut, name), value)
            seen.append({name: _shown(ctx, getattr(dut, name)) for name in names})
            await ctx.tick()

    m = Module()
    m.submodules.dut = dut
    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run_until(1e-2)
    return seen


def _shown(ctx: Any, port: Any) -> Any:
    return [ctx.get(each) for each in port] if isinstance(port, list) else ctx.get(port)

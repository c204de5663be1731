"""`windrow verilog`: the hardware as Verilog, alone or in a folder with all that its next user needs."""

from pathlib import Path
from shlex import quote
from typing import Annotated, Any

from typer import Option

from windrow.storage import outputs
from windrow.storage.folders import check_replaceable
from windrow_cli.console import AsJson, consoles, print_json, user_input
from windrow_cli.data_options import DataOptions
from windrow_cli.options import DesignOptions, LayerOptions, given_path, takes_options


@takes_options
def verilog(
    layer: LayerOptions,
    design: DesignOptions,
    data: DataOptions,
    interface: Annotated[str, Option(metavar="stream|axi",
        help="Plain streams, or AXI4-Stream with registers behind AXI4-Lite.")] = "axi",
    technology: Annotated[str, Option(metavar="generic|ecp5|ice40",
        help="Whose memories and multipliers to instantiate.")] = "generic",
    dsp: Annotated[bool, Option("--dsp/--no-dsp", help="Multiply in DSP blocks, or in logic.")] = True,
    out: Annotated[Path | None, Option(parser=given_path, metavar="DIR",
        help="Write a folder: the Verilog, a testbench that needs no Python, constraints, scripts. "
        "[dim]\\[default: windrow.v here, alone][/]")] = None,
    frames: Annotated[int, Option(metavar="N", help="Frames that the testbench sends.")] = 3,
    clock: Annotated[float, Option(metavar="MHZ", help="The clock that constraints ask for.")] = 100.0,
    as_json: AsJson = False,
) -> None:
    """Write one design as Verilog; with --out a folder that checks itself, in Icarus Verilog or Verilator.

    [bold]Example:[/] windrow verilog --height 64 --width 64 --kernel-size 3 \\
    --stride 2 --padding 1 --out rtl
    """
    results, progress = consoles(as_json)
    given = data.read(layer)
    spec, planned = layer.build(**given.implied())
    chosen = design.build(spec, planned)
    weights, bias, source = given.complete(spec)
    with user_input():
        if out is None:
            outputs.folder(".")
        else:
            check_replaceable(out)

    with progress.status("generating"), user_input():
        import windrow

        options: dict[str, Any] = {"interface": interface, "technology": technology, "dsp": dsp}
        if out is None:
            path = Path("windrow.v")
            windrow.verilog(chosen, weights, bias, path=path, **options)
            files = [path]
        else:
            path = out / "windrow.v"
            x = spec.random_input(given.seed, frames)
            files = windrow.handover(chosen, weights, bias, path=out, x=x, clock_mhz=clock, source=source,
                                     **options)

    if as_json:
        print_json({"layer": spec.to_dict(), "design": chosen.to_dict(), "interface": interface,
                    "path": str(path), "files": [str(file) for file in files]})
        return
    results.print(f"{path}: {chosen}, {source}", soft_wrap=True, markup=False)
    if out is not None:
        results.print(f"check it: make -C {quote(str(out / 'sim'))}", soft_wrap=True, markup=False)

"""`windrow verilog`: the hardware as Verilog text."""

from pathlib import Path
from typing import Annotated

from typer import Option

from windrow import outputs
from windrow.cli.console import AsJson, consoles, print_json, user_input
from windrow.cli.options import DataOptions, DesignOptions, LayerOptions, given_path, takes_options


@takes_options
def verilog(
    layer: LayerOptions,
    design: DesignOptions,
    data: DataOptions,
    interface: Annotated[str, Option(metavar="stream|axi",
        help="Plain streams, or AXI4-Stream with registers behind AXI4-Lite.")] = "stream",
    technology: Annotated[str, Option(metavar="generic|ecp5|ice40",
        help="Whose memories and multipliers to instantiate.")] = "generic",
    dsp: Annotated[bool, Option("--dsp/--no-dsp", help="Multiply in DSP blocks, or in logic.")] = True,
    out: Annotated[Path, Option(parser=given_path, metavar="DIR", help="Where windrow.v goes.")] = Path("."),
    as_json: AsJson = False,
) -> None:
    """Write one design as Verilog.

    [bold]Example:[/] windrow verilog --height 64 --width 64 --kernel-size 3 --stride 2 --padding 1 --out rtl
    """
    results, progress = consoles(as_json)
    given = data.read()
    spec, planned = layer.build(**given.implied())
    chosen = design.build(spec, planned)
    weights, bias, source = given.complete(spec)
    with user_input():
        path = outputs.folder(out) / "windrow.v"

    with progress.status("generating"), user_input():
        from windrow import verilog as generate

        generate(chosen, weights, bias, interface=interface, path=path,  # pyright: ignore[reportArgumentType]
                 technology=technology, dsp=dsp)

    if as_json:
        print_json({"layer": spec.to_dict(), "design": chosen.to_dict(), "interface": interface,
                    "path": str(path)})
        return
    results.print(f"{path}: {chosen}, {source}", soft_wrap=True, markup=False)

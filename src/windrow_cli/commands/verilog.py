"""`windrow verilog`: the hardware as Verilog, alone or in a folder with all that its next user needs."""

from pathlib import Path
from shlex import quote
from typing import Annotated, Any

from typer import Argument, Option

from windrow_cli.commands.model import check_handover, verilog_model
from windrow_cli.console import AsJson, consoles, print_json, user_input
from windrow_cli.data_options import DataOptions
from windrow_cli.options import DesignOptions, LayerOptions, given_path, takes_options
from windrow_cli.pipelines import MODEL, PaceOptions, check_model, check_unused, unused_flags


@takes_options
def verilog(
    layer: LayerOptions,
    design: DesignOptions,
    data: DataOptions,
    pace: PaceOptions,
    model: Annotated[Path | None, Argument(metavar=MODEL, show_default=False,
        help="A quantised model: all of it as one module.")] = None,
    interface: Annotated[str | None, Option(metavar="stream|axi|axi-video",
        help="Plain streams, or AXI4-Stream with registers behind AXI4-Lite; axi-video: with the marks of "
        "video. "
        "[dim]\\[default: axi; of a model stream][/]")] = None,
    technology: Annotated[str, Option(metavar="generic|ecp5|ice40",
        help="Whose memories and multipliers to instantiate.")] = "generic",
    dsp: Annotated[bool, Option("--dsp/--no-dsp", help="Multiply in DSP blocks, or in logic.")] = True,
    name: Annotated[str, Option(metavar="NAME",
        help="Of the module, and with an underscore at the beginning of all in it: so that two designs "
        "live in one project.")] = "windrow",
    tdata: Annotated[str, Option(metavar="bytes|power-of-two",
        help="What tdata of AXI4-Stream is padded to.")] = "bytes",
    tkeep: Annotated[bool, Option("--tkeep",
        help="AXI4-Stream with tkeep.")] = False,
    locations: Annotated[bool, Option("--locations",
        help="Comments that say which line of Python is behind a line of Verilog.")] = False,
    out: Annotated[Path | None, Option(parser=given_path, metavar="DIR",
        help="Write a folder: the Verilog, a testbench that needs no Python, constraints, scripts. "
        "[dim]\\[default: NAME.v here, alone][/]")] = None,
    frames: Annotated[int | None, Option(metavar="N", help="Frames that the testbench sends. "
        "[dim]\\[default: 3; 1 if they are large][/]")] = None,
    clock: Annotated[float, Option(metavar="MHZ", help="The clock that constraints ask for.")] = 100.0,
    as_json: AsJson = False,
) -> None:
    """Write one design as Verilog; with --out a folder that checks itself, in Icarus Verilog or Verilator.

    [bold]Example:[/] windrow verilog --height 64 --width 64 --kernel-size 3 \\
    --stride 2 --padding 1 --out rtl

    [bold]Example:[/] windrow verilog model.tflite --multipliers 156
    """
    if model is not None:
        check_model(model)
        check_unused(model, layer, {**unused_flags(design, "pixels"), **unused_flags(data)})
        verilog_model(model, pace, clock, pixels=design.pixels, interface=interface or "stream", name=name,
                      technology=technology, dsp=dsp, tdata=tdata, tkeep=tkeep, locations=locations, out=out,
                      frames=frames, as_json=as_json)  # fmt: skip
        return
    pace.check_unused()
    interface = interface or "axi"
    results, progress = consoles(as_json)
    given = data.read(layer)
    spec, planned = layer.build(**given.implied())
    chosen = design.build(spec, planned)
    weights, bias, source = given.complete(spec)
    with user_input():
        check_handover(out, frames)

    with progress.status("generating"), user_input():
        import windrow

        options: dict[str, Any] = {"interface": interface, "name": name, "technology": technology, "dsp": dsp,
                                   "locations": locations, "tdata": tdata, "tkeep": tkeep}
        if out is None:
            path = Path(f"{name}.v")
            windrow.verilog(chosen, weights, bias, path=path, **options)
            files = [path]
        else:
            path = out / f"{name}.v"
            files = windrow.handover(chosen, weights, bias, path=out, frames=frames, clock_mhz=clock,
                                     source=source, **options)

    if as_json:
        print_json({"layer": spec.to_dict(), "design": chosen.to_dict(), "interface": interface,
                    "path": str(path), "files": [str(file) for file in files]})
        return
    results.print(f"{path}: {chosen}, {source}", soft_wrap=True, markup=False)
    if out is not None:
        results.print(f"check it: make -C {quote(str(out / 'sim'))}", soft_wrap=True, markup=False)

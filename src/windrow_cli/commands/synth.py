"""`windrow synth`: what one design costs on an FPGA, and how fast its clock may be."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from windrow_cli.commands.model import synth_model
from windrow_cli.console import AsJson, consoles, print_json, user_input
from windrow_cli.data_options import DataOptions
from windrow_cli.options import DesignOptions, LayerOptions, takes_options
from windrow_cli.pipelines import MODEL, PaceOptions, check_model, check_unused, unused_flags
from windrow_cli.tables import print_facts, synthesised


@takes_options
def synth(
    layer: LayerOptions,
    design: DesignOptions,
    data: DataOptions,
    pace: PaceOptions,
    model: Annotated[Path | None, Argument(metavar=MODEL, show_default=False,
        help="A quantised model: all of it.")] = None,
    target: Annotated[str, Option(metavar="ecp5|ice40|xc7", help="Which family of FPGAs.")] = "ecp5",
    device: Annotated[str | None, Option(metavar="NAME",
        help="25k, 45k or 85k of ecp5, hx8k or up5k of ice40. [dim]\\[default: 25k, hx8k][/]")] = None,
    technology: Annotated[str | None, Option(metavar="generic|ecp5|ice40",
        help="Whose memories and multipliers to instantiate. [dim]\\[default: the target's own][/]")] = None,
    dsp: Annotated[bool, Option("--dsp/--no-dsp",
        help="Multiply in DSP blocks, or in look-up tables.")] = True,
    place: Annotated[bool, Option("--place/--no-place",
        help="Place and route too, three times, for the clock. Never for xc7.")] = True,
    as_json: AsJson = False,
) -> None:
    """Synthesise one design: look-up tables, registers, block RAM, DSP blocks, and the fastest clock.

    Results are kept, so asking again is quick. What the weights are matters: they are constants.

    [bold]Example:[/] windrow synth --height 64 --width 64 --kernel-size 3 \\
    --stride 2 --padding 1 --target ecp5

    [bold]Example:[/] windrow synth digits --multipliers 16 --target ecp5
    """
    if model is not None:
        check_model(model)
        check_unused(model, layer, {**unused_flags(design, "pixels"), **unused_flags(data)})
        synth_model(model, pace, pixels=design.pixels, target=target, device=device, technology=technology,
                    dsp=dsp, place=place, as_json=as_json)  # fmt: skip
        return
    pace.check_unused()
    results, progress = consoles(as_json)
    given = data.read(layer)
    spec, planned = layer.build(**given.implied())
    chosen = design.build(spec, planned)
    weights, bias, source = given.complete(spec)

    with progress.status("generating") as status, user_input():
        from windrow import synthesize

        found = synthesize(chosen, weights, bias, target=target, device=device, technology=technology,
                           dsp=dsp, place=place, progress=status.update)

    if as_json:
        print_json({**found.to_dict(), "weights": source})
        return
    print_facts(results, [
        ("layer", str(spec)), ("design", str(chosen)), ("data", source),
        *synthesised(found),
    ])

"""`windrow watch`: a small run as a page that steps through its cycles."""

from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from typer import Argument, Option

from windrow.operators.conv2d import Conv2d
from windrow.operators.operator import Operator
from windrow.planning.plan import designs
from windrow.stage.design import Design
from windrow.stage.estimates import CLOCK_MHZ
from windrow.storage import images, outputs
from windrow.values.numerics import IntType
from windrow_cli.commands.model import watch_model
from windrow_cli.console import AsJson, UserMistake, consoles, print_json, simulation, user_input
from windrow_cli.data_options import PICTURE, Data, DataOptions
from windrow_cli.demo_cases import TEXTBOOK_FILTER, TEXTBOOK_IMAGE
from windrow_cli.options import DesignOptions, LayerOptions, given_path, takes_options
from windrow_cli.pipelines import MODEL, PaceOptions, check_model, check_unused, unused_flags
from windrow_cli.stalls import InputStall, OutputStall, read_stalls

# What is meant where nothing else is said: the textbook's example at stride 2.
_TEXTBOOK = {"height": 6, "width": 6, "kernel_size": 3, "stride": 2}


@takes_options
def watch(
    layer: LayerOptions,
    design: DesignOptions,
    data: DataOptions,
    pace: PaceOptions,
    model: Annotated[Path | None, Argument(metavar=MODEL, show_default=False,
        help="A quantised model, to watch all of its layers at work.")] = None,
    image: Annotated[Path | None, Option(metavar="IMAGE|ARRAY.npy",
        help="A small picture or array. [dim]\\[default: the textbook's 6x6, else pseudo-random][/]")] = None,
    frames: Annotated[int | None, Option(metavar="N",
        help="How often one frame is sent. [dim]\\[default: 1, of a model 3; or all frames of an array][/]")
        ] = None,
    input_stall: InputStall = "none",
    output_stall: OutputStall = "none",
    out: Annotated[Path, Option(parser=given_path, metavar="FILE.html|FILE.gif",
        help="Where the page goes, or the film of it.")] = Path("watch.html"),
    as_json: AsJson = False,
) -> None:
    """Write a page that steps through a small run, cycle by cycle: one HTML file, or a film of it as a GIF.

    It shows the image and what of it the line buffer holds, the window in service, the multipliers and the
    output, as the simulated hardware had them. Without options: the textbook's 6x6 image, 3x3 at stride 2.
    Of a model it shows all stages at once, the queues between them, and a timeline.

    [bold]Example:[/] windrow watch --stride 1 --taps 3 --out stride1.html

    [bold]Example:[/] windrow watch digits --multipliers 26 --out digits.html
    """
    results, progress = consoles(as_json)
    if out.suffix.lower() not in (".html", ".gif"):
        raise UserMistake(f"--out must be a file that ends in .html or .gif, not {str(out)!r}")
    if model is not None:
        check_model(model)
        check_unused(model, layer, {**unused_flags(data, "seed"), **unused_flags(design, "pixels")})
        with user_input():
            stalls = read_stalls(input_stall, output_stall, data.seed)
        watch_model(model, image, pace, CLOCK_MHZ, pixels=design.pixels, seed=data.seed, frames=frames,
                    stalls=stalls, out=out, as_json=as_json)
        return
    pace.check_unused()
    given = data.read(layer)
    implied = {**_TEXTBOOK, **given.implied()}
    x = None
    if image is not None:
        with user_input():
            x = images.read(image, given.channels(layer))
        implied["height"], implied["width"], implied["in_channels"] = x.shape[-3:]
    spec, planned = layer.build(**implied)
    chosen = design.build(spec, planned)
    if planned is None and design.taps is None:
        chosen = _with_reader(chosen)
    weights, bias, source = _weights(given, spec)
    stalls = read_stalls(input_stall, output_stall, given.seed)
    with user_input():
        if x is None:
            x, origin = _image(spec, given.seed)
            source = f"{origin}, {source}"
        elif image is not None:
            images.check_size(image, x, (spec.height, spec.width), PICTURE)
        outputs.place(out)

    with progress.status("simulating"), simulation():
        from windrow_sim.watch import page, write_film
        from windrow_sim.watch import watch as observe

        count = frames if frames is not None else 1 if x.ndim == 3 else len(x)
        seen = observe(chosen, x, weights, bias, count, *stalls)
    with progress.status("drawing"), user_input():
        if out.suffix.lower() == ".gif":
            write_film(seen, out)
        else:
            with outputs.whole(out) as aside:
                aside.write_text(page(seen, source[0].upper() + source[1:]), encoding="utf-8")

    run = seen.run
    if as_json:
        print_json({
            "layer": spec.to_dict(), "design": chosen.to_dict(), "engine": run.engine,
            "frames": len(run.output), "cycles": run.cycles, "interval": run.interval,
            "latency": run.latency, "match": True, "path": str(out),
        })
        return
    results.print(f"{out}: {seen.cycles} cycles of {chosen}; {source}; every value and every cycle as "
                  "predicted", soft_wrap=True, markup=False)


def _with_reader(planned: Design) -> Design:
    """The cheapest design of the same pace that reads a line buffer, which is shown, where there is one."""
    if not planned.accumulates:
        return planned
    others = [each for each in designs(planned.layer, planned.lanes)
              if not each.accumulates and each.interval <= planned.interval]  # fmt: skip
    return min(others, key=lambda each: (each.multipliers, each.buffer_bits), default=planned)


def _image(spec: Operator, seed: int) -> tuple[NDArray[np.int64], str]:
    """The textbook's image where it fits the layer, and what it is."""
    if spec.input_shape == TEXTBOOK_IMAGE.shape and _holds(spec.input_type, TEXTBOOK_IMAGE):
        return TEXTBOOK_IMAGE, "the textbook's image"
    return spec.random_input(seed), f"pseudo-random image from seed {seed}"


def _weights(given: Data, spec: Operator) -> tuple[
        NDArray[np.int64] | None, NDArray[np.int64] | None, str]:  # fmt: skip
    """The given weights, or the textbook's filter where it fits the layer; the bias; what they are."""
    weights, bias, source = given.complete(spec)
    if (isinstance(spec, Conv2d) and not given.given and spec.weight_shape == TEXTBOOK_FILTER.shape
            and _holds(spec.weight_type, TEXTBOOK_FILTER)):
        weights = TEXTBOOK_FILTER
        source = "the textbook's vertical-edge filter"
        if bias is not None and given.bias is None:
            source += f", pseudo-random bias from seed {given.seed}"
    return weights, bias, source


def _holds(kind: IntType, array: NDArray[np.int64]) -> bool:
    """Whether every number is one of this type."""
    return bool(kind.min <= array.min() and array.max() <= kind.max)

"""Random hardware with run-time configuration, and random settings of it."""

from hypothesis import assume
from hypothesis import strategies as st

import windrow as wr
from strategies import Case, integer_types, stalls
from windrow.timing.folding import divisors


def layers(
    draw: st.DrawFn, maxima: wr.Runtime, built_in: dict[str, object], shifts: bool
) -> wr.Conv2d:
    """A layer with these built-in arguments, of any size, stride and padding that the maxima allow.

    `shifts`: by hardware with a shift register of columns.
    """
    kernel = built_in["kernel_size"]
    assert isinstance(kernel, tuple)
    most = [(n + 1, s) for n, s in zip(maxima.max_size, maxima.max_stride, strict=True)]
    most_padding = [(k - 1, k - 1) for k in kernel]
    if shifts:
        most_padding[1] = (kernel[1] - 2, 1)
    padding = tuple(tuple(draw(st.integers(0, side)) for side in sides) for sides in most_padding)
    least = [max(1, k - sum(p)) for k, p in zip(kernel, padding, strict=True)]
    least[1] = max(least[1], 1 + shifts)
    assume(all(n < end for n, (end, _) in zip(least, most, strict=True)))
    height, width = (draw(st.integers(n, end - 1)) for n, (end, _) in zip(least, most, strict=True))
    stride = tuple(draw(st.integers(1, s)) for _, s in most)
    return wr.Conv2d(height=height, width=width, stride=stride, padding=padding, **built_in)  # type: ignore


@st.composite
def cores(draw: st.DrawFn, largest: int = 9) -> wr.Design:
    """Run-time hardware of any legal folding, set to some layer."""
    size = st.integers(1, largest)
    runtime = wr.Runtime(
        max_height=draw(size),
        max_width=draw(size),
        max_stride=(draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        weights=draw(st.booleans()),
    )
    channels, filters = draw(st.sampled_from([1, 1, 2, 3, 4])), draw(st.sampled_from([1, 2, 4]))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    shifts = kernel[1] > 1 and draw(st.booleans())
    layer = layers(draw, runtime, {
        "kernel_size": kernel, "in_channels": channels, "out_channels": filters,
        "bias": draw(st.booleans()),
        "input_type": draw(integer_types()), "weight_type": draw(integer_types()),
    }, shifts)  # fmt: skip
    if shifts:
        return wr.Design(layer, lanes=channels, pe=filters, runtime=runtime)
    lanes, pe = draw(st.sampled_from(divisors(channels))), draw(st.sampled_from(divisors(filters)))
    return wr.Design(layer, lanes=lanes, pe=pe, taps=draw(st.integers(1, kernel[0])), runtime=runtime)


@st.composite
def settings_of(draw: st.DrawFn, core: wr.Design) -> wr.Design:
    """The same hardware with any other legal setting."""
    layer, runtime = core.layer, core.runtime
    assert runtime is not None
    names = ("kernel_size", "in_channels", "out_channels", "bias", "input_type", "weight_type", "bias_type")
    return core.configured(layers(draw, runtime, {name: getattr(layer, name) for name in names}, core.shifts))


@st.composite
def runtime_cases(draw: st.DrawFn, core: wr.Design | None = None) -> Case:
    """A setting of a core, or of any core, with stalls on both sides."""
    hardware = draw(cores()) if core is None else core
    return Case(draw(settings_of(hardware)), draw(st.integers(0, 99)), draw(stalls()), draw(stalls()))

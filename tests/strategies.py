"""Random layers, designs and stalls, small enough for the Python simulator, nasty enough to matter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import windrow as wr
from windrow.operators.operator import Operator
from windrow.outputs.roundings import ROUNDINGS
from windrow.planning.plan import designs
from windrow.values.numerics import IntType
from windrow.window.axis import Axis
from windrow.window.borders import MODES
from windrow.window.window import Window

FRAMES = 3


@dataclass(frozen=True)
class Case:
    """One simulation; its `repr` is the line that repeats it: `Case(...).check()`."""

    design: wr.Design
    seed: int = 0
    input_stall: tuple[bool, ...] | None = None
    output_stall: tuple[bool, ...] | None = None
    dsp: bool = True

    def __repr__(self) -> str:
        stalls = "".join(
            f", {name}={[int(bit) for bit in stall]}"
            for name, stall in (("input_stall", self.input_stall), ("output_stall", self.output_stall))
            if stall is not None
        )
        return f"Case({self.design!r}, seed={self.seed}{stalls}{'' if self.dsp else ', dsp=False'})"

    def run(self, engine: str = "amaranth") -> wr.Run:
        """Simulate FRAMES frames of random pixels with random weights."""
        layer = self.design.layer
        stalls = [None if s is None else np.array(s, bool) for s in (self.input_stall, self.output_stall)]
        return wr.simulate(
            self.design,
            layer.random_input(self.seed, FRAMES),
            layer.random_weights(self.seed),
            layer.random_bias(self.seed),
            engine=engine,
            input_stall=stalls[0],
            output_stall=stalls[1],
            dsp=self.dsp,
        )

    def check(self, engine: str = "amaranth") -> wr.Run:
        """Outputs and cycles by equality."""
        return self.run(engine).check()


def integer_types(bits: int = 9) -> st.SearchStrategy[IntType]:
    return st.builds(lambda kind, n: kind(n), st.sampled_from([wr.UInt, wr.Int]), st.integers(1, bits))


@st.composite
def windows(draw: st.DrawFn, largest: int = 9) -> dict[str, Any]:
    """The window's arguments of any operator: strides beyond the kernel, windows all in padding."""
    pair = lambda low, high: st.tuples(st.integers(low, high), st.integers(low, high))  # noqa: E731
    kernel = draw(pair(1, 4))
    dilation = draw(st.tuples(*[st.sampled_from([1, 1, 2, 3])] * 2))
    mode = draw(st.sampled_from(["constant", "constant", *MODES]))
    most = [_most_padding(mode, k, d) for k, d in zip(kernel, dilation, strict=True)]
    padding = draw(st.tuples(*(pair(0, n) for n in most)))
    if mode != "constant":  # mostly as wide as can be
        padding = tuple((n - low, n - high) for n, (low, high) in zip(most, padding, strict=True))
    mirrors = {"reflect": 1, "symmetric": 0}.get(mode, -9)  # how much larger than its padding an image is
    least = [max(1, d * (k - 1) + 1 - sum(p), max(p) + mirrors)
             for k, d, p in zip(kernel, dilation, padding, strict=True)]  # fmt: skip
    height, width = (draw(st.integers(n, max(n, largest))) for n in least)
    number = draw(integer_types())
    said = {"height": height, "width": width, "kernel_size": kernel, "stride": draw(pair(1, 4)),
            "padding": padding, "dilation": dilation, "padding_mode": mode, "input_type": number}  # fmt: skip
    if mode == "constant" and draw(st.booleans()):
        said["padding_value"] = draw(st.integers(number.min, number.max))
    elif not _has_hardware(said):
        said["padding_mode"] = "constant"
    return said


def _most_padding(mode: str, kernel: int, dilation: int) -> int:
    """What most windows can have; which ones, depends on dilation and stride."""
    half = {"constant": 6, "edge": 2 * (kernel - 1), "reflect": kernel - 1, "symmetric": kernel}[mode]
    return min(3, half * dilation // 2)


def _has_hardware(said: dict[str, Any]) -> bool:
    window = Window.of(*(said[name] for name in (
        "height", "width", "kernel_size", "stride", "padding", "dilation", "padding_mode")))  # fmt: skip
    try:
        window.check_sources()
    except ValueError:
        return False
    return True


@st.composite
def outputs(draw: st.DrawFn, channels: int) -> Any:
    """None, or maps of every kind behind each other."""
    if draw(st.booleans()):
        return None
    scales = st.floats(2.0**-14, 2.0, allow_nan=False, exclude_min=True)
    scale = draw(st.one_of(scales, st.lists(scales, min_size=channels, max_size=channels)))
    kind = draw(st.sampled_from([wr.Int, wr.UInt]))(draw(st.integers(1, 8)))
    rounding = draw(st.sampled_from(sorted(ROUNDINGS)))
    requantised = wr.Requantize(scale, draw(st.integers(kind.min, kind.max)), kind, rounding)
    more = {
        "nothing": (),
        "clamp": (wr.Clamp(minimum=0),) if kind.max > 0 else (),
        "table": (wr.Lookup(draw(st.permutations(range(1 << kind.bits))), wr.UInt(kind.bits)),),
    }
    return (requantised, *more[draw(st.sampled_from(sorted(more)))])


@st.composite
def layers(draw: st.DrawFn, largest: int = 9, grouped: bool = True) -> wr.Conv2d:
    """Any legal convolution, most with one group."""
    groups = draw(st.sampled_from([1, 1, 1, 2, 3])) if grouped else 1
    return wr.Conv2d(
        in_channels=groups * draw(st.sampled_from([1, 1, 2, 3, 4] if groups == 1 else [1, 1, 2])),
        out_channels=groups * draw(st.sampled_from([1, 2, 4] if groups == 1 else [1, 2])),
        groups=groups,
        bias=draw(st.booleans()),
        weight_type=draw(integer_types()),
        **draw(windows(largest)),
    )


@st.composite
def mapped(draw: st.DrawFn, plain: st.SearchStrategy[Operator]) -> Operator:
    """An operator, some with output maps."""
    layer = draw(plain)
    return layer.replace(output=draw(outputs(layer.out_channels)))


@st.composite
def pools(draw: st.DrawFn, largest: int = 9) -> wr.MaxPool2d:
    """Any legal pool, some with a structuring element."""
    arguments = draw(windows(largest))
    element = None
    if draw(st.booleans()):
        kh, kw = arguments["kernel_size"]
        bits = draw(st.lists(st.booleans(), min_size=kh * kw, max_size=kh * kw).filter(any))
        element = np.array(bits).reshape(kh, kw)
    kind = draw(st.sampled_from([wr.MaxPool2d, wr.MinPool2d]))
    return kind(channels=draw(st.sampled_from([1, 2, 3, 4])), element=element, **arguments)


@st.composite
def averages(draw: st.DrawFn, largest: int = 9) -> wr.AvgPool2d:
    """Averages over pixels or over all taps; windows without a pixel only where all taps count."""
    arguments = draw(windows(largest))
    channels = draw(st.sampled_from([1, 2, 3, 4]))
    try:
        return wr.AvgPool2d(channels=channels, count_include_pad=draw(st.booleans()), **arguments)
    except ValueError:
        return wr.AvgPool2d(channels=channels, count_include_pad=True, **arguments)


@st.composite
def sums(draw: st.DrawFn, largest: int = 9) -> wr.SumPool2d:
    """Sums with any zero point."""
    arguments = draw(windows(largest))
    kind = arguments["input_type"]
    return wr.SumPool2d(channels=draw(st.sampled_from([1, 2, 3, 4])),
                        zero_point=draw(st.just(0) | st.integers(kind.min, kind.max)), **arguments)


@st.composite
def apart(draw: st.DrawFn, largest: int = 9) -> Operator:
    """Pools whose pixels are accumulated: windows apart or alone, each with a pixel of the image."""
    axes = [draw(_axis_apart(largest)) for _ in range(2)]
    said: dict[str, Any] = {name: tuple(axis[name] for axis in axes) for name in axes[0]}
    height, width = said.pop("size")
    return _pool(draw, {**said, "height": height, "width": width})


def _pool(draw: st.DrawFn, said: dict[str, Any]) -> Operator:
    """A pool of such windows, each of which has a pixel."""
    number = draw(integer_types())
    said["input_type"] = number
    channels = draw(st.sampled_from([1, 2, 3, 4, 5, 8]))
    value = draw(st.none() | st.integers(number.min, number.max))
    kind = draw(st.sampled_from([wr.MaxPool2d, wr.MinPool2d, wr.AvgPool2d, wr.AvgPool2d, wr.SumPool2d]))
    if kind is wr.SumPool2d:
        said["zero_point"] = draw(st.just(0) | st.integers(number.min, number.max))
    if kind is not wr.AvgPool2d:
        return kind(channels=channels, padding_value=value, **said)
    counts = draw(st.booleans())
    said |= {"count_include_pad": counts, "padding_value": counts * (value or 0)}
    return wr.AvgPool2d(channels=channels, **said)


@st.composite
def _axis_apart(draw: st.DrawFn, largest: int) -> dict[str, Any]:
    kernel, dilation = draw(st.integers(1, 5)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    span = dilation * (kernel - 1) + 1
    before, after = (draw(st.integers(0, min(2, kernel - 1) if dilation == 1 else 0)) for _ in range(2))
    size = draw(st.integers(max(1, span - before - after), max(span, largest)))
    stride = span + draw(st.integers(0, 3))
    if draw(st.integers(0, 3)) == 0 and span > before + after:  # one window
        size, stride = span - before - after, draw(st.integers(1, 3))
    said = {"size": size, "kernel_size": kernel, "stride": stride, "dilation": dilation,
            "padding": (before, after)}  # fmt: skip
    axis = Axis(size, kernel, stride, dilation, before, after)
    return said if axis.real.all() else {**said, "padding": (0, 0), "size": max(size, span), "stride": span}


@st.composite
def in_common(draw: st.DrawFn, largest: int = 9) -> Operator:
    """Pools whose pixels are accumulated though windows have some in common: one at most ends with each."""
    axes = [draw(_axis_in_common(largest)), draw(_axis_in_common(largest))]
    if draw(st.booleans()):
        axes.reverse()
    said: dict[str, Any] = {name: tuple(axis[name] for axis in axes) for name in axes[0]}
    height, width = said.pop("size")
    return _pool(draw, {**said, "height": height, "width": width})


@st.composite
def _axis_in_common(draw: st.DrawFn, largest: int) -> dict[str, Any]:
    kernel, stride = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    before, after = draw(st.integers(0, kernel - 1)), draw(st.integers(0, stride - 1))
    size = draw(st.integers(max(1, kernel - before), max(kernel, largest)))
    return {"size": size, "kernel_size": kernel, "stride": stride,
            "padding": (before, min(after, kernel - 1))}  # fmt: skip


@st.composite
def medians(draw: st.DrawFn, largest: int = 9) -> wr.Median2d:
    """Medians of windows of any size up to 4x4."""
    return wr.Median2d(channels=draw(st.sampled_from([1, 2, 3])), **draw(windows(largest)))


@st.composite
def ranks(draw: st.DrawFn, largest: int = 9) -> wr.Rank2d:
    """Any rank."""
    arguments = draw(windows(largest))
    kh, kw = arguments["kernel_size"]
    return wr.Rank2d(channels=draw(st.sampled_from([1, 2, 3])), rank=draw(st.integers(0, kh * kw - 1)),
                     **arguments)  # fmt: skip


@st.composite
def transposed(draw: st.DrawFn, largest: int = 9) -> wr.ConvTranspose2d:
    """Strides beyond the kernel and below it, kernels with holes, outputs left out and added."""
    kernel, stride = (draw(st.tuples(st.integers(1, most), st.integers(1, most))) for most in (4, 3))
    dilation = draw(st.just((1, 1)) | st.tuples(st.integers(1, 3), st.integers(1, 3)))
    most = max(2, largest - 3)
    height, width = draw(st.integers(1, most)), draw(st.integers(1, most))
    more = tuple(draw(st.integers(0, step - 1)) for step in stride)
    padding = []
    for size, step, taps, apart, extra in zip((height, width), stride, kernel, dilation, more, strict=True):
        whole = (size - 1) * step + apart * (taps - 1) + 1 + extra
        before = draw(st.integers(0, min(3, whole - 1)))
        padding.append((before, draw(st.integers(0, min(3, whole - 1 - before)))))
    groups = draw(st.sampled_from([1, 1, 2]))
    return wr.ConvTranspose2d(
        height=height, width=width, in_channels=groups * draw(st.sampled_from([1, 2, 3])), groups=groups,
        out_channels=groups * draw(st.sampled_from([1, 2, 3])), kernel_size=kernel, stride=stride,
        padding=(padding[0], padding[1]), output_padding=(more[0], more[1]), dilation=dilation,
        bias=draw(st.booleans()),
        input_type=draw(integer_types()), weight_type=draw(integer_types()))


@st.composite
def upsamplings(draw: st.DrawFn, largest: int = 9) -> wr.Upsample2d:
    """Any factors, also 1; single rows and columns."""
    height, width = (draw(st.integers(1, max(2, largest - 3))) for _ in range(2))
    return wr.Upsample2d(height=height, width=width, channels=draw(st.sampled_from([1, 2, 3, 4])),
                         factor=draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
                         input_type=draw(integer_types()))  # fmt: skip


STRATEGIES: dict[str, Callable[[int], st.SearchStrategy[Operator]]] = {
    "conv2d": lambda largest: mapped(layers(largest)),
    "conv-transpose2d": lambda largest: mapped(transposed(largest)),
    "max-pool2d": lambda largest: mapped(pools(largest)),
    "min-pool2d": lambda largest: mapped(pools(largest)),
    "avg-pool2d": lambda largest: mapped(averages(largest)),
    "sum-pool2d": lambda largest: mapped(sums(largest)),
    "rank2d": lambda largest: mapped(ranks(largest)),
    "median2d": lambda largest: mapped(medians(largest)),
    "upsample2d": lambda largest: mapped(upsamplings(largest)),
}
"""By operator, random layers of it; `tests/test_operators.py` sees to it that no row is missing."""


def stalls() -> st.SearchStrategy[tuple[bool, ...] | None]:
    """None, or a pattern of at least one free cycle, from rare stalls to nearly nothing but."""
    pattern = st.tuples(
        st.integers(1, 40), st.sampled_from([0.1, 0.5, 0.9]), st.integers(0, 2**16)
    ).map(lambda p: _pattern(*p))
    return st.none() | pattern


def _pattern(length: int, density: float, seed: int) -> tuple[bool, ...]:
    bits = np.random.default_rng(seed).random(length) < density
    bits[seed % length] = False
    return tuple(bits.tolist())


@st.composite
def cases(draw: st.DrawFn, largest: int = 9, stalled: bool = True, operator: str = "conv2d") -> Case:
    """A layer, one of its legal designs, and stalls on both sides."""
    legal = list(designs(draw(STRATEGIES[operator](largest))))
    return Case(
        legal[draw(st.integers(0, len(legal) - 1))],
        draw(st.integers(0, 99)),
        draw(stalls()) if stalled else None,
        draw(stalls()) if stalled else None,
    )

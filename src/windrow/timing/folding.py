"""Foldings: the loop nest of a window, and which of its numbers are legal."""

from __future__ import annotations

from dataclasses import dataclass

from windrow.values.numerics import as_int


def legal_taps(kernel_size: tuple[int, int]) -> list[int]:
    """Ascending legal `taps` of a kernel `(kh, kw)`.

    `1..kh`, and for each number of steps the fewest taps that manage with it: any other value
    would add multipliers without saving a step.
    """
    kh, kw = kernel_size
    return sorted({*range(1, kh + 1), *(-(-kh * kw // steps) for steps in range(1, kh * kw + 1))})


def divisors(number: int) -> list[int]:
    """Ascending divisors of a positive number."""
    return [n for n in range(1, number + 1) if number % n == 0]


def check_choice(name: str, value: int, legal: list[int], why: str) -> int:
    """`value` as an int, or TypeError, or ValueError with the nearest of the `legal` values."""
    number = as_int(value, name, legal="an integer")
    if number not in legal:
        near = sorted(sorted(legal, key=lambda n: (abs(n - number), n))[:3])
        raise ValueError(f"{name} must {why}, not {number}; nearest legal: {', '.join(map(str, near))}")
    return number


@dataclass(frozen=True)
class Fold:
    """The loop nest of one window, outermost first.

    groups: groups of channels, one after the other
    beats: output beats of each group
    slices: slices of a group's channels, one input beat each, for each output beat
    steps: cycles that the taps of one slice take, `taps` of them a cycle
    """

    groups: int
    beats: int
    slices: int
    steps: int
    taps: int

    @property
    def pixel_beats(self) -> int:
        """Input beats per pixel, `S` of theory.md."""
        return self.groups * self.slices

    @property
    def window_beats(self) -> int:
        """Output beats per window, `NG` of theory.md."""
        return self.groups * self.beats

    @property
    def beat_steps(self) -> int:
        """Cycles per output beat."""
        return self.slices * self.steps

    @property
    def cycles(self) -> int:
        """Cycles per window, `f` of theory.md."""
        return self.window_beats * self.beat_steps


def legal_lanes(channels: int, groups: int) -> list[int]:
    """Ascending legal `lanes`: what divides the channels of a group, or the channels of whole groups."""
    depth = channels // groups
    return sorted({*divisors(depth), *(depth * several for several in divisors(groups))})


def legal_pe(channels: int, filters: int, groups: int, lanes: int) -> list[int]:
    """Ascending legal `pe` for these `lanes`: what divides the filters of a group.

    Where a beat brings the channels of several groups, it is all filters of these groups: their outputs
    would leave out of order else.
    """
    depth, each = channels // groups, filters // groups
    return divisors(each) if lanes <= depth else [lanes // depth * each]


def check_folding(
    channels: int, filters: int, groups: int, kernel_size: tuple[int, int], lanes: int, pe: int | None,
    taps: int | None, *, fixed_taps: int | None = None, gathers: bool = False,
) -> tuple[int, int, int]:  # fmt: skip
    """`lanes`, `pe` and `taps` as ints, `None` as the least `pe` and all taps.

    fixed_taps: the one number that there is hardware for; None: any legal one
    gathers: is there hardware only for reading the line buffer itself, at most a column of taps a cycle?

    Raises TypeError for what is no integer, ValueError, with the nearest legal values, for what is not legal.
    """
    kh, kw = kernel_size
    of_group = f"the {channels} input channels"
    if groups > 1:
        of_group = f"the {channels // groups} input channels of a group, or be the channels of whole groups"
    lanes = check_choice("lanes", lanes, legal_lanes(channels, groups), f"divide {of_group}")
    each = legal_pe(channels, filters, groups, lanes)
    several = lanes // (channels // groups)
    why = f"divide the {filters // groups} output channels{' of a group' if groups > 1 else ''}"
    if several > 1:
        why = f"be the {each[0]} filters of the {several} groups that a beat of {lanes} lanes brings"
    pe = each[0] if pe is None else check_choice("pe", pe, each, why)
    if taps is None:
        taps = fixed_taps or (kh if gathers else kh * kw)
    if gathers:
        which, rule = list(range(1, kh + 1)), f"be in 1..{kh}, the rows of pixels that a window reads"
    elif fixed_taps is None:
        which = legal_taps(kernel_size)
        rule = f"be in 1..{kh} or the least for its number of steps over the {kh}x{kw} window"
    else:
        which, whole = [fixed_taps], fixed_taps == kh * kw
        rule = f"be the whole {kh}x{kw} window" if whole else f"be {fixed_taps}, a pixel as it arrives"
    taps = check_choice("taps", taps, which, rule)
    return lanes, pe, taps

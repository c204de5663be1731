"""Joins: values beside their golden models, the cycle of every beat beside the law of a join."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

import windrow as wr
from stream_benches import Stalls, beats, offers, stream
from windrow.joins.add import Add
from windrow.joins.concat import Concat
from windrow.joins.join import Join
from windrow.pipeline.join_design import JoinDesign
from windrow_hdl.joins.table import JOINS, join_stage

stalls = st.lists(st.booleans(), min_size=1, max_size=7).filter(lambda one: not all(one))


def law(design: JoinDesign, frames: int, offer: list[Stalls], stop: Stalls
        ) -> tuple[list[list[int]], list[int]]:
    """`c_n = max(c_{n-1} + 1, beats that it reads there, T[n - credits] + 1)`; offered `pipeline` later."""
    may_come, may_leave = [offers(one) for one in offer], offers(stop)
    taken: list[list[int]] = [[] for _ in offer]
    left: list[int] = []
    last = -1
    for n in range(frames * design.output_beats):
        begin = last + 1
        reads = np.flatnonzero(design.reads[n % len(design.reads)])
        for port in reads:
            begin = max(begin, may_come[port][taken[port][-1] + 1 if taken[port] else 0])
        if n >= design.credits:
            begin = max(begin, left[n - design.credits] + 1)
        for port in reads:
            taken[port].append(begin)
        left.append(may_leave[max(begin + design.pipeline, left[-1] + 1 if left else 0)])
        last = begin
    return taken, left


def check(join: Join, lanes: int, offer: list[Stalls], stop: Stalls, seed: int, frames: int = 2,
          pixels: int = 1) -> None:
    """Of widths that are a multiple of `pixels`."""
    design = JoinDesign(join, lanes, pixels)
    inputs = [kind.random((frames, *shape), seed, at) for at, (kind, shape) in
              enumerate(zip(join.input_types, join.input_shapes, strict=True))]
    dut = join_stage(design)
    sent = [(port, beats(x.ravel().tolist(), pixels * design.input_lanes(at), kind.bits), stalls_)
            for at, (port, x, kind, stalls_) in
            enumerate(zip(dut.inputs, inputs, join.input_types, offer, strict=True))]
    want = beats(join.golden(*inputs).ravel().tolist(), pixels * lanes, join.output_type.bits)
    taken, left, results = stream(dut, sent, dut.o, len(want), stop)
    assert results == want
    assert (taken, left) == law(design, frames, offer, stop)


def test_every_join_has_hardware() -> None:
    kinds = {each.kind for each in Join.__subclasses__()}
    assert kinds == set(JOINS)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([(4, 1), (4, 2), (4, 4), (3, 3), (1, 1)]), st.booleans(), st.booleans(),
       st.integers(0, 2), stalls, stalls, stalls, st.integers(0, 99))
@example((4, 2), True, False, 2, [False], [False], [False], 0)
def test_an_addition(size: tuple[int, int], first: bool, second: bool, maps: int, one: list[bool],
                     two: list[bool], stop: list[bool], seed: int) -> None:
    channels, lanes = size
    kinds = tuple((wr.Int if signed else wr.UInt)(bits) for signed, bits in ((first, 4), (second, 6)))
    rng = np.random.default_rng(seed)
    tables = tuple(tuple(rng.integers(low, 700, 1 << kind.bits).tolist()) for low, kind in
                   zip((-900, 0), kinds, strict=True))
    output = (wr.Requantize(0.07, 3, rounding="double"), wr.Clamp(0))[:maps]
    join = Add((2, 6, channels), (kinds[0], kinds[1]), (tables[0], tables[1]), output)
    check(join, lanes, [one, two], stop, seed)
    check(join, channels, [one, two], stop, seed, pixels=2 + seed % 2)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=2, max_size=3), st.integers(1, 2),
       st.lists(stalls, min_size=3, max_size=3), stalls, st.integers(0, 99))
@example([1, 2], 2, [[False]] * 3, [False], 0)
def test_a_concat(parts: list[int], lanes: int, offer: list[list[bool]], stop: list[bool], seed: int) -> None:
    shapes = [(2, 2, part * lanes) for part in parts]
    join = Concat(shapes, [wr.Int(5)] * len(shapes))
    check(join, lanes, list(offer[: len(parts)]), stop, seed)
    check(join, sum(parts) * lanes, list(offer[: len(parts)]), stop, seed, pixels=2)

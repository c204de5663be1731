"""Constant kernels without multipliers: graphs of shifts and additions that share partial sums.

A sum of products with constants is a transposed multiplication by several constants: what builds all odd
constants of a kernel from 1 by shifted additions, read backwards, sums the taps of each constant first and
then adds the sums, shifted, into each other.  Additions are then few, and narrow at the inputs.  Which
additions make the constants is found greedily (M. Puschel, Y. Voronenko, "Multiplierless multiple constant
multiplication", ACM Transactions on Algorithms 3 (2007), describe the problem), with different choices among
equals; the graph with the fewest bits of carry chains is kept.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache

from windrow.reductions.graph import Graph, GraphBuilder, Node, Range, Ranges, bits_of

__all__ = ["constant_sums", "least_depth", "price"]

_TRIES = 120  # graphs to choose from; 20 are on average 2 % worse

_LARGE = 1 << 10  # from here on, too many numbers may help to make a constant: digits are shared instead
_SECOND_BEST = 0.3  # how often a number that brings one less within reach is as good

_MOST_LOOKS = 4_000_000  # pairs of digits that are looked at, at most: some seconds of work

Rows = tuple[tuple[int, ...], ...]
"""The weights of each sum."""

Term = tuple[int, int, bool]
"""A value, how far it is shifted, and whether it is subtracted."""

Recipe = tuple[int, int, bool, int, int, bool]
"""u, its shift and sign, v, its shift and sign: how a constant comes from two others."""


def constant_sums(
    weights: Sequence[Sequence[int]], ranges: Sequence[Range], bias: Sequence[int] | None = None,
    depth: int | None = None,
) -> Graph:  # fmt: skip
    """Sums of products of the inputs, whose ranges are `ranges`, with each row of `weights`, plus its bias.

    Outputs are aligned; a row of zeros without a bias is the constant 0.  `depth`: additions in a row that
    there should be at most; more of them only where that saves much (`price`).  Raises ValueError for rows
    that are not as long as `ranges`, for no row at all, and for an empty range.
    """
    rows = tuple(tuple(int(w) for w in row) for row in weights)
    if not rows or any(len(row) != len(ranges) for row in rows):
        raise ValueError(f"weights must be rows of {len(ranges)}, one for each input, not {weights!r}")
    if any(low > high for low, high in ranges):
        raise ValueError(f"ranges must be pairs of a least and a greatest value, not {ranges!r}")
    biases = (0,) * len(rows) if bias is None else tuple(int(b) for b in bias)
    if len(biases) != len(rows):
        raise ValueError(f"bias must be {len(rows)} numbers, not {len(biases)}")
    return _cheapest(rows, tuple((int(low), int(high)) for low, high in ranges), biases, depth)


def least_depth(weights: Sequence[Sequence[int]], bias: Sequence[int] | None = None) -> int:
    """Additions in a row that sums of signed digits take."""
    digits = max(sum(len(_digits(int(weight))) for weight in row) for row in weights)
    return max(0, digits - 1).bit_length() + any(bias or ())


@lru_cache(maxsize=256)
def _cheapest(rows: Rows, ranges: tuple[Range, ...], bias: tuple[int, ...], depth: int | None) -> Graph:
    most = None if depth is None else depth - any(bias)
    graphs: list[Graph] = []
    for seed, way in enumerate(_ways(rows, most)):
        sums = _Sums(ranges, random.Random(seed), most)
        graphs.append(sums.builder.graph(
            sums.with_bias(term, b) for term, b in zip(way(sums, rows), bias, strict=True)
        ).pruned())  # fmt: skip
    if depth is not None and min(graph.depth for graph in graphs) > depth:
        graphs.append(_cheapest(rows, ranges, bias, None))
    return min(graphs, key=lambda graph: (price(graph.tables(ranges), graph.depth, depth), graph.depth))


def price(tables: int, depth: int, most: int | None) -> int:
    """What a graph costs: its look-up tables, in quarters; each addition in a row above `most` is a quarter
    more of them, since two additions share a cycle then.
    """
    return tables * (4 + (0 if most is None else max(0, depth - most)))


def _ways(rows: Rows, most: int | None) -> list[Callable[[_Sums, Rows], list[Term | None]]]:
    """Ways to build the rows, each to be tried with other choices: fewer for large kernels."""
    digits = [sum(len(_digits(weight)) for weight in row) for row in rows]
    looks = sum(count * count for count in digits) * max(1, sum(digits))  # of pairs, about
    tries = max(4, min(_TRIES, 9 * _TRIES // max(1, sum(map(len, rows)))))
    shared = [_shared] * min(tries // 2, _MOST_LOOKS // max(1, looks))
    flat = [_unshared] * (most is not None)  # nothing is shallower
    if max(abs(weight) for row in rows for weight in row) >= _LARGE:
        return [*shared, *flat] or [_unshared]
    several = len(rows) > 1 or most is not None
    return [_transposed] * (tries - several * len(shared)) + several * shared + flat


class _Sums:
    """Additions of terms, with the ranges and levels of all values so far; `most`: levels to be kept."""

    def __init__(self, ranges: Sequence[Range], rng: random.Random, most: int | None = None) -> None:
        self.builder, self.rng, self.most = GraphBuilder(len(ranges)), rng, most
        self._forms, self.levels = Ranges(ranges), [0] * len(ranges)

    @property
    def ranges(self) -> list[Range]:
        return self._forms.ranges

    def put(self, node: Node) -> int:
        number = self.builder.put(node)
        if number == len(self.levels):
            self._forms.put(node)
            self.levels.append(1 + max(self.levels[operand] for operand in node.operands))
        return number

    def add(self, x: Term, y: Term) -> Term:
        """Both terms as one; the less shifted one in front, where its low bits need no adder."""
        if (x[1], x[0]) > (y[1], y[0]):
            x, y = y, x
        (a, low, minus_a), (b, high, minus_b) = x, y
        if minus_a == minus_b:
            return self.put(Node("add", a, b, 0, high - low)), low, minus_a
        if low == high and minus_a:
            return self.put(Node("sub", b, a)), low, False
        return self.put(Node("sub", a, b, 0, high - low)), low, minus_a

    def total(self, terms: Sequence[Term]) -> Term:
        """All terms as one: the earliest and narrowest first, each with the one that it fits best."""
        rest = list(terms)
        while len(rest) > 1:
            rest.sort(key=lambda term: (self.levels[term[0]], self._top(term), term[1]))
            first, latest = rest.pop(0), self.levels[rest[0][0]]
            others = [at for at, term in enumerate(rest) if self.levels[term[0]] <= latest]
            at = min(others, key=lambda at: self._width(first, rest[at]) + self.rng.random() / 2)
            rest.append(self.add(first, rest.pop(at)))
        return rest[0]

    def _top(self, term: Term) -> int:
        return bits_of(self.ranges[term[0]]) + term[1]

    def _width(self, x: Term, y: Term) -> int:
        return max(self._top(x), self._top(y)) - max(x[1], y[1])

    def room(self, terms: Sequence[Term]) -> int | None:
        """How much deeper terms may become whose sum has to keep `most` levels, in leaves; None: any deeper.

        A sum has a tree of `most` levels if its terms have at most so many leaves, `2 ** level` each.
        """
        leaves = sum(1 << self.levels[term[0]] for term in terms)
        return None if self.most is None else max(0, (1 << max(0, self.most)) - leaves)

    def lift(self, x: Term, y: Term) -> int:
        """Leaves that a sum has more than its two terms."""
        low, high = sorted((self.levels[x[0]], self.levels[y[0]]))
        return (1 << high) - (1 << low)

    def with_bias(self, term: Term | None, bias: int) -> tuple[int | None, int]:
        """An output: the term, its sign and a bias in one last addition, if there is either."""
        if term is None:
            if not bias:
                return None, 0
            # No tap counts: the bias as a value, of any input times nothing.
            zero = self.put(Node("sub", 0, 0))
            return self.put(Node("offset", zero, bias)), 0
        value, shift, minus = term
        if not bias:
            return self._negated(value) if minus else value, shift
        # What the shift leaves free is 0, and the bias may have ones there.
        common = min(shift, (bias & -bias).bit_length() - 1) if bias else shift
        if shift > common:
            value = self.put(Node("add", value, value, shift - common - 1, shift - common - 1))
        return self.put(Node("minus" if minus else "offset", value, bias >> common)), common

    def _negated(self, number: int) -> int:
        """A value with the other sign: the last subtraction the other way round, where there is one."""
        node = self.builder.nodes[number - self.builder.inputs] if number >= self.builder.inputs else None
        if node is not None and node.kind == "sub":
            return self.put(Node("sub", node.b, node.a, node.shift_b, node.shift_a))
        if node is not None and node.kind == "add":
            parts = [(node.a, node.shift_a, False), (node.b, node.shift_b, False)]
            turned = next((part for part in parts if self._subtracts(part[0])), None)
            if turned is not None:
                parts.remove(turned)
                value = self._negated(turned[0])
                return self.put(Node("sub", value, parts[0][0], turned[1], parts[0][1]))
        return self.put(Node("minus", number, 0))

    def _subtracts(self, number: int) -> bool:
        """Is there a subtraction in the value, so that its sign can turn?"""
        if number < self.builder.inputs:
            return False
        node = self.builder.nodes[number - self.builder.inputs]
        return node.kind == "sub" or (node.kind == "add" and any(map(self._subtracts, node.operands)))


def _split(constant: int) -> tuple[int, int]:
    """The odd part of a positive number, and how often 2 divides it."""
    shift = (constant & -constant).bit_length() - 1
    return constant >> shift, shift


@lru_cache(maxsize=1 << 16)
def _made_of(u: int, v: int, most: int) -> dict[int, list[tuple[int, bool, int, bool]]]:
    """Odd numbers up to `most` that one addition of shifted `u` and `v` gives, and the shifts and signs."""
    found: dict[int, list[tuple[int, bool, int, bool]]] = {}
    for shift in range(most.bit_length()):
        for su, sv in {(shift, 0), (0, shift)}:
            a, b = u << su, v << sv
            signs = (a + b, False, False), (a - b, False, True), (b - a, True, False)
            for value, minus_u, minus_v in signs:
                if 0 < value <= most and value & 1:
                    found.setdefault(value, []).append((su, minus_u, sv, minus_v))
    return found


def _recipes(constants: set[int], rng: random.Random, shallow: bool) -> list[tuple[int, list[Recipe]]]:
    """How to make odd constants, one after the other, from 1: each from two that are there, in all ways.

    What one addition makes is taken first; else the number that brings the most of the rest within reach.
    shallow: only ways of the fewest additions in a row
    """
    missing, made, levels = sorted(constants - {1}), [1], {1: 0}
    most = 2 << max(missing, default=1).bit_length()
    reach: dict[int, list[Recipe]] = {}
    order: list[tuple[int, list[Recipe]]] = []
    while missing:
        for u in made:
            for value, ways in _made_of(u, made[-1], most).items():
                if value not in made:
                    new = ((u, su, minus_u, made[-1], sv, minus_v) for su, minus_u, sv, minus_v in ways)
                    reach.setdefault(value, []).extend(new)
        hits = [constant for constant in missing if constant in reach]
        if hits:
            chosen = rng.choice(hits)
            missing.remove(chosen)
        else:
            score = {value: len({constant for u in (*made, value)
                                 for constant in _made_of(*sorted((u, value)), most).keys() & set(missing)})
                     for value in reach}  # fmt: skip
            best = max(score.values()) - (rng.random() < _SECOND_BEST)
            chosen = rng.choice([value for value in score if score[value] >= best])
        made.append(chosen)
        ways = reach.pop(chosen)
        levels[chosen] = 1 + min(max(levels[way[0]], levels[way[3]]) for way in ways)
        order.append((chosen, [way for way in ways if not shallow
                               or max(levels[way[0]], levels[way[3]]) < levels[chosen]]))  # fmt: skip
    return order


def _transposed(sums: _Sums, rows: Rows) -> list[Term | None]:
    """The sum of products of each row by itself; None for a row of zeros."""
    return [_transposed_row(sums, row) if any(row) else None for row in rows]


def _transposed_row(sums: _Sums, weights: Sequence[int]) -> Term:
    terms: dict[int, list[Term]] = {}
    for number, weight in enumerate(weights):
        if weight:
            constant, shift = _split(abs(weight))
            terms.setdefault(constant, []).append((number, shift, weight < 0))
    for constant, ways in reversed(_recipes(set(terms), sums.rng, sums.most is not None)):
        if constant in terms:
            value, shift, minus = sums.total(terms.pop(constant))
            u, su, minus_u, v, sv, minus_v = sums.rng.choice(ways)
            terms.setdefault(u, []).append((value, shift + su, minus ^ minus_u))
            terms.setdefault(v, []).append((value, shift + sv, minus ^ minus_v))
    return sums.total(terms[1])


def _digits(weight: int) -> list[tuple[int, bool]]:
    """Canonical signed digits that are not 0: places and whether they are negative."""
    found, place, rest = [], 0, abs(weight)
    while rest:
        if rest & 1:
            digit = 2 - (rest & 3)
            found.append((place, (digit < 0) ^ (weight < 0)))
            rest -= digit
        rest >>= 1
        place += 1
    return found


def _terms(rows: Rows) -> list[list[Term]]:
    return [[(number, place, minus) for number, weight in enumerate(row) for place, minus in _digits(weight)]
            for row in rows]  # fmt: skip


def _unshared(sums: _Sums, rows: Rows) -> list[Term | None]:
    """Sums of signed digits as they are."""
    return [sums.total(row) if row else None for row in _terms(rows)]


def _shared(sums: _Sums, rows: Rows) -> list[Term | None]:
    """Sums of all rows from signed digits: the pair of terms that saves the most is added once, repeatedly.

    R. I. Hartley, "Subexpression sharing in filters using canonic signed digit multipliers", IEEE
    Transactions on Circuits and Systems II 43 (1996), for several sums at once.
    """
    terms = _terms(rows)
    while True:
        pairs: dict[tuple[int, int, int, bool], set[tuple[int, int]]] = {}
        count: dict[tuple[int, int, int, bool], int] = {}
        for number, row in enumerate(terms):
            room = sums.room(row)
            for at, x in enumerate(row):
                for y in row[at + 1 :]:
                    a, b = sorted((x, y), key=lambda term: (term[1], term[0]))
                    if room is not None and sums.lift(a, b) > room:
                        continue
                    key = a[0], b[0], b[1] - a[1], a[2] != b[2]
                    used = pairs.setdefault(key, set())
                    ends = {(number, id(x)), (number, id(y))}
                    if not ends & used:
                        used |= ends
                        count[key] = count.get(key, 0) + 1
        worth = {key: (times - 1) * sums._width((key[0], 0, False), (key[1], key[2], False))
                 * (1 + sums.rng.random() / 3) for key, times in count.items() if times > 1}  # fmt: skip
        if not worth:
            return [sums.total(row) if row else None for row in terms]
        u, v, apart, differ = max(worth, key=lambda key: worth[key])
        value, shift, minus = sums.add((u, 0, False), (v, apart, differ))
        terms = [_with_pair(sums, row, (u, v, apart, differ), (value, shift, minus)) for row in terms]


def _with_pair(
    sums: _Sums, row: list[Term], pair: tuple[int, int, int, bool], term: Term
) -> list[Term]:  # fmt: skip
    """A row in which `term` stands for each pair of terms of this kind for which there are levels."""
    u, v, apart, differ = pair
    row = list(row)
    while True:
        room = sums.room(row)
        found = next(((x, y) for x in row for y in row
                      if x is not y and x[0] == u and y[0] == v and y[1] - x[1] == apart
                      and (x[2] != y[2]) == differ and (x[1], x[0]) <= (y[1], y[0])), None)  # fmt: skip
        if found is None or (room is not None and sums.lift(*found) > room):
            return row
        x, y = found
        row = [other for other in row if other is not x and other is not y]
        row.append((term[0], x[1] + term[1], x[2] ^ term[2]))

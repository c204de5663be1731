"""Networks of minima and maxima that find one rank, pruned to what it needs, and their proof.

A network of minima and maxima is right for all numbers if it is right for zeros and ones (the 0-1
principle: both commute with every threshold).  Behind sorted columns of `rows` numbers a column has only
`rows + 1` contents of zeros and ones, so all `(rows + 1) ** columns` windows are tried at once, a bit each
of a long integer.  The same windows show which operations may be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from windrow.reductions.column_plan import ColumnPlan
from windrow.reductions.graph import Graph, GraphBuilder, Node

__all__ = ["MOST_ROWS", "column_sorter", "rank_of_columns", "rank_plan", "zero_one_windows"]

MOST_ROWS = 7
"""Longest column with a sorter of the fewest compare-exchanges that are known, and proved least."""

_MOST_TRIED = 1 << 14  # windows of zeros and ones up to which single operations are tried, one by one

# Compare-exchanges of the smallest sorters.  Up to 4 by merging; 5 to 7: Knuth, The Art of Computer
# Programming, volume 3, section 5.3.4, gives 9, 12 and 16 as the least.
_SORTERS: dict[int, tuple[tuple[int, int], ...]] = {
    1: (),
    2: ((0, 1),),
    3: ((0, 2), (0, 1), (1, 2)),
    4: ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2)),
    5: ((0, 3), (1, 4), (0, 2), (1, 3), (0, 1), (2, 4), (1, 2), (3, 4), (2, 3)),
    6: ((0, 5), (1, 3), (2, 4), (1, 2), (3, 4), (0, 3), (2, 5), (0, 1), (2, 3), (4, 5), (1, 2), (3, 4)),
    7: ((0, 6), (2, 3), (4, 5), (0, 2), (1, 4), (3, 6), (0, 1), (2, 5), (3, 4), (1, 2), (4, 6), (2, 3),
        (4, 5), (1, 2), (3, 4), (5, 6)),
}  # fmt: skip


@lru_cache(maxsize=64)
def column_sorter(rows: int) -> Graph:
    """Sorts `rows` numbers, the least first.  Raises ValueError for more than `MOST_ROWS`."""
    if rows not in _SORTERS:
        raise ValueError(f"rows must be 1 to {MOST_ROWS}, not {rows!r}")
    builder = GraphBuilder(rows)
    return builder.graph(_exchange(builder, list(range(rows)), _SORTERS[rows]))


@lru_cache(maxsize=256)
def rank_plan(rows: int, columns: int, rank: int) -> ColumnPlan:
    """The number `rank` (0: the least) of `rows x columns`: each column is sorted, then one rank found.

    Only the items of a column that some window needs are kept; a column of one row is not sorted.
    Raises ValueError for more than `MOST_ROWS` rows or a rank outside the window.
    """
    window = rank_of_columns(rows, columns, rank)
    read = {operand for node in window.nodes for operand in node.operands}
    read |= {number for number, _ in window.outputs if number is not None}
    kept = sorted({number % rows for number in read if number < window.inputs})
    column = _some_of_sorted(rows, kept)
    place = {x * rows + item: x * len(kept) + at for x in range(columns) for at, item in enumerate(kept)}
    window = _renumbered(window, place, len(kept) * columns)
    return ColumnPlan(columns, _with_medians(column), _with_medians(window), alike=True)


@lru_cache(maxsize=256)
def rank_of_columns(rows: int, columns: int, rank: int) -> Graph:
    """The number `rank` of `columns` sorted columns, each its least number first: the cheapest way found.

    Raises ValueError for more than `MOST_ROWS` rows or a rank outside the window.
    """
    column_sorter(rows)
    if not 0 <= rank < rows * columns:
        raise ValueError(f"rank must be 0 to {rows * columns - 1}, not {rank!r}")
    inputs = zero_one_windows(rows, columns)
    ways: list[Callable[[int, int, int], Graph]] = [_by_rows, _by_merging]
    graphs = [_without_needless(_merged(way(rows, columns, rank), inputs), inputs) for way in ways]
    return min(graphs, key=_size)


def zero_one_windows(rows: int, columns: int) -> list[int]:
    """Per input of sorted columns, one bit for each of the `(rows + 1) ** columns` windows of zeros and ones.

    Bit `n` belongs to the window in which the column `x` holds digit `x` of `n`, to the base `rows + 1`,
    ones; they are its greatest.
    """
    windows = (rows + 1) ** columns
    inputs: list[int] = []
    for x in range(columns):
        run = (rows + 1) ** x
        for y in range(rows):
            ones = (1 << run * (y + 1)) - 1 << run * (rows - y)
            length = run * (rows + 1)
            while length < windows:
                ones |= ones << length
                length *= 2
            inputs.append(ones & (1 << windows) - 1)
    return inputs


def _exchange(builder: GraphBuilder, values: list[int], pairs: Sequence[tuple[int, int]]) -> list[int]:
    for low, high in pairs:
        a, b = values[low], values[high]
        values[low], values[high] = builder.minimum(a, b), builder.maximum(a, b)
    return values


def _merge(builder: GraphBuilder, a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Both sorted lists as one, by Batcher's odd-even merge for any lengths."""
    if not a or not b:
        return [*a, *b]
    if len(a) == len(b) == 1:
        return [builder.minimum(a[0], b[0]), builder.maximum(a[0], b[0])]
    even, odd = _merge(builder, a[::2], b[::2]), _merge(builder, a[1::2], b[1::2])
    merged = [even[0]]
    for at in range(max(len(odd), len(even) - 1)):
        pair = [*odd[at : at + 1], *even[at + 1 : at + 2]]
        merged += pair if len(pair) == 1 else [builder.minimum(*pair), builder.maximum(*pair)]
    return merged


def _merge_all(builder: GraphBuilder, lists: Sequence[Sequence[int]]) -> list[int]:
    if len(lists) == 1:
        return list(lists[0])
    half = (len(lists) + 1) // 2
    return _merge(builder, _merge_all(builder, lists[:half]), _merge_all(builder, lists[half:]))


def _by_rows(rows: int, columns: int, rank: int) -> Graph:
    """Sort across the columns too: each row of the sorted columns; then merge what is left in doubt."""
    builder = GraphBuilder(rows * columns)
    lines = [_merge_all(builder, [[x * rows + y] for x in range(columns)]) for y in range(rows)]
    return builder.graph([_merge_all(builder, lines)[rank]])


def _by_merging(rows: int, columns: int, rank: int) -> Graph:
    """Merge all but the last column; the rank in two sorted lists is a minimum of maxima of pairs."""
    builder = GraphBuilder(rows * columns)
    lists = [list(range(x * rows, (x + 1) * rows)) for x in range(columns)]
    a = _merge_all(builder, lists[:-1]) if columns > 1 else []
    b = lists[-1]
    need = rank + 1
    # i of the `need` least come from a, the others from b.
    splits = [(i, need - i) for i in range(need + 1) if i <= len(a) and need - i <= len(b)]
    greatest = [a[i - 1] if not j else b[j - 1] if not i else builder.maximum(a[i - 1], b[j - 1])
                for i, j in splits]  # fmt: skip
    return builder.graph([builder.tree("min", greatest)])


def _some_of_sorted(rows: int, kept: Sequence[int]) -> Graph:
    """Some ranks of `rows` numbers: a sorter, or one turned upside down, without what they do not need."""
    inputs = zero_one_windows(1, rows)
    sorter = column_sorter(rows)
    other = {"min": "max", "max": "min"}
    turned = tuple(Node(other[node.kind], node.a, node.b) for node in sorter.nodes)
    ways = [Graph(rows, sorter.nodes, tuple(sorter.outputs[item] for item in kept)),
            Graph(rows, turned, tuple(sorter.outputs[rows - 1 - item] for item in kept))]  # fmt: skip
    return min((_without_needless(way.pruned(), inputs) for way in ways), key=_size)


def _size(graph: Graph) -> tuple[int, int]:
    """Operations and comparisons, which a minimum and a maximum of one pair share; then the depth."""
    return len(graph.nodes) + len({node.operands for node in graph.nodes}), graph.depth


def _values(graph: Graph, inputs: Sequence[int]) -> list[int]:
    values = list(inputs)
    for node in graph.nodes:
        a, b = values[node.a], values[node.b]
        values.append(a & b if node.kind == "min" else a | b)
    return values


def _merged(graph: Graph, inputs: Sequence[int]) -> Graph:
    """Values that are equal in every window become one; what then is not read falls away."""
    builder = GraphBuilder(graph.inputs)
    first = {value: number for number, value in reversed(list(enumerate(inputs)))}
    numbers = [first[value] for value in inputs]
    for node, value in zip(graph.nodes, _values(graph, inputs)[graph.inputs :], strict=True):
        if value not in first:
            first[value] = builder.put(Node(node.kind, *sorted((numbers[node.a], numbers[node.b]))))
        numbers.append(first[value])
    return builder.graph((None if n is None else numbers[n], s) for n, s in graph.outputs).pruned()


def _without_needless(graph: Graph, inputs: Sequence[int]) -> Graph:
    """Replace operations by one of their operands where no window shows the difference, the last first."""
    if inputs and inputs[-1].bit_length() > _MOST_TRIED:
        return graph
    number = len(graph.nodes) - 1
    while number >= 0:
        shorter = _replaced(graph, number, inputs)
        graph = graph if shorter is None else shorter
        number = min(number - 1, len(graph.nodes) - 1)
    return graph


def _replaced(graph: Graph, number: int, inputs: Sequence[int]) -> Graph | None:
    """The graph without node `number`, if one of its operands serves as well."""
    values, target = _values(graph, inputs), graph.inputs + number
    outputs = {output for output, _ in graph.outputs if output is not None}
    for operand in graph.nodes[number].operands:
        changed = {target: values[operand]}
        for at, node in enumerate(graph.nodes[number + 1 :], target + 1):
            if node.a in changed or node.b in changed:
                a, b = (changed.get(n, values[n]) for n in (node.a, node.b))
                value = a & b if node.kind == "min" else a | b
                if value != values[at]:
                    changed[at] = value
        if all(changed.get(output, values[output]) == values[output] for output in outputs):
            return _merged(_renumbered(graph, {target: operand}, graph.inputs), inputs)
    return None


def _with_medians(graph: Graph) -> Graph:
    """Medians of three in place of the four operations that make one: three comparisons, one choice.

    max(min(a, b), min(max(a, b), c)), and the same with minima and maxima exchanged.
    """
    uses = [number for node in graph.nodes for number in node.operands]
    uses += [number for number, _ in graph.outputs if number is not None]
    builder, numbers = GraphBuilder(graph.inputs), {number: number for number in range(graph.inputs)}

    def inner(number: int, kind: str) -> Node | None:
        """The node of a value, if it is of this kind and read once."""
        node = graph.nodes[number - graph.inputs] if number >= graph.inputs else None
        return node if node is not None and node.kind == kind and uses.count(number) == 1 else None

    for number, node in enumerate(graph.nodes, graph.inputs):
        other = {"min": "max", "max": "min"}[node.kind]
        found: tuple[int, ...] = ()
        for one, two in (node.operands, node.operands[::-1]):
            first, second = inner(one, other), inner(two, other)
            if first is None or second is None:
                continue
            for third, last in (second.operands, second.operands[::-1]):
                both = inner(third, node.kind)
                if both is not None and both.operands == first.operands:
                    found = (*first.operands, last)
        a, b, *c = (numbers[each] for each in found or node.operands)
        numbers[number] = builder.put(Node("median", a, b, c=c[0]) if c else Node(node.kind, a, b))
    return builder.graph((None if n is None else numbers[n], s) for n, s in graph.outputs).pruned()


def _renumbered(graph: Graph, place: dict[int, int], inputs: int) -> Graph:
    """The graph with values called otherwise, over `inputs` inputs."""
    builder = GraphBuilder(inputs)
    numbers = {number: place.get(number, number) for number in range(graph.inputs)}
    for number, node in enumerate(graph.nodes, graph.inputs):
        a, b = numbers[node.a], numbers[node.b]
        put = builder.minimum if node.kind == "min" else builder.maximum
        numbers[number] = numbers[place[number]] if number in place and number >= graph.inputs else put(a, b)
    return builder.graph((None if n is None else numbers[n], s) for n, s in graph.outputs)

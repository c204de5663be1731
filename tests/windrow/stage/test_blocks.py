"""Which multipliers are DSP blocks."""

import pytest

import windrow as wr


def test_of() -> None:
    assert [wr.Blocks.of(True).holds(at) for at in (0, 999)] == [True, True]
    assert [wr.Blocks.of(False).holds(at) for at in (0, 999)] == [False, False]
    some = wr.Blocks(2)
    assert [wr.Blocks.of(some).holds(at) for at in range(3)] == [True, True, False]
    assert [some.held(count) for count in (1, 2, 9)] == [1, 2, 2]
    assert wr.Blocks().held(9) == 9
    assert [wr.Blocks(5, False).of_window(at, 3) for at in range(3)] == [
        wr.Blocks(3, False), wr.Blocks(2, False), wr.Blocks(0, False)]  # fmt: skip
    assert wr.Blocks().of_window(7, 3) == wr.Blocks()
    assert (wr.Blocks.of(True).maps, wr.Blocks.of(False).maps, some.maps) == (True, False, True)


@pytest.mark.parametrize(("make", "error", "says"), [
    (lambda: wr.Blocks(-1), ValueError, "multipliers must be at least 0, not -1"),
    (lambda: wr.Blocks(True), TypeError, "multipliers must be an int, not True"),
    (lambda: wr.Blocks(maps=1), TypeError, "maps must be True or False, not 1"),
    (lambda: wr.Blocks.of(3), TypeError, "dsp must be True or False, not 3"),
])
def test_mistakes(make: object, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=f"^{says}$"):
        make()  # type: ignore[operator]

"""Pictures of a network as a pipeline: the same plan gives the same picture, names are shown as they are."""

from pathlib import Path

import pytest

import windrow as wr
from installed import needs
from networks import block
from windrow_explore.charts import pipeline_chart

needs("matplotlib", "explore")


@pytest.mark.parametrize("name", ["plan.svg", "plan.png"])
def test_a_plan(tmp_path: Path, name: str) -> None:
    record = wr.plan(block(), multipliers=20).to_dict()
    for path in (tmp_path / name, tmp_path / f"again-{name}"):
        pipeline_chart.draw_plan(path, record, 100.0)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"again-{name}").read_bytes()
    assert (tmp_path / name).stat().st_size > 5_000


def test_a_front(tmp_path: Path) -> None:
    path = tmp_path / "front.svg"
    pipeline_chart.draw_front(path, "a $net$", 1000, [(100, 10), (50, 25)], (50, 25))
    marked = path.read_bytes()
    pipeline_chart.draw_front(path, "a $net$", 1000, [(100, 10), (50, 25)], None)
    assert path.read_bytes() != marked

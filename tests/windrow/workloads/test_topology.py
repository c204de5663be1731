"""Topology files of SCALE-Sim, in and out, against its own arithmetic."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import windrow as wr
from windrow import workloads
from windrow.workloads.topology import read_topology, write_topology

TEXT = """Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
Conv1, 230, 230, 7, 7, 3, 64, 2,
DP1,    114, 114, 3, 3, 32, 1, 1,

Conv1, 9, 8, 3, 1, 2, 5, 2, 1, 1:1,
Conv1, 9, 8, 3, 3, 2, 5, 1
"""


def as_scale_sim_counts(row: str) -> tuple[int, int, int]:
    """Output rows, columns and MACs of a row, by the formulas of SCALE-Sim's `topo_calc_hyperparams`."""
    name, *cells = (cell.strip() for cell in row.split(",")[:-1])
    h, w, r, s, c, m, stride = map(int, cells)
    rows, columns = math.ceil((h - r + stride) / stride), math.ceil((w - s + stride) / stride)
    copies, c = (c, 1) if "DP" in name else (1, c)
    return rows, columns, copies * rows * columns * r * s * c * m


def test_reading() -> None:
    assert read_topology(TEXT) == [
        ("Conv1", wr.Conv2d(height=230, width=230, in_channels=3, out_channels=64, kernel_size=7, stride=2)),
        ("DP1", wr.Conv2d(height=114, width=114, in_channels=32, out_channels=32, kernel_size=3, groups=32)),
        ("Conv1 (2)", wr.Conv2d(height=9, width=8, in_channels=2, out_channels=5, kernel_size=(3, 1),
                                stride=(2, 1))),
        ("Conv1 (3)", wr.Conv2d(height=9, width=8, in_channels=2, out_channels=5, kernel_size=3)),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [
    ("", "a topology must have a heading and at least one row below it"),
    ("Layer name,\n", "a topology must have a heading and at least one row below it"),
    ("h,\na, 8, 8, 3, 3, 1, 1,\n", "line 2: a row must be Layer name, IFMAP height, "),
    ("h,\na, 8, 8, 3, 3, 1, 1, one,\n", "line 2: a row must be Layer name, IFMAP height, "),
    ("Layer, M, N, K,\na, 8, 8, 3,\n", "line 2: a row must be Layer name, "),
    ("h,\n\na, 8, 8, 3, 3, 1, 1, 0,\n", "line 3: stride"),
    ("h,\na, 2, 8, 3, 3, 1, 1, 1,\n", "line 2: kernel_size must fit the padded image of 2x8"),
    ("h,\na, 8, 8, 3, 3, 1, 1, 1, 2:4,\n", "line 2: sparsity must be 1:1, not 2:4: every weight has a mul"),
])  # fmt: skip
def test_what_is_no_topology(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        read_topology(text)
    assert str(raised.value).startswith(message)
    path = tmp_path / "net.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        workloads.load(str(path))
    assert str(raised.value).startswith(f"{path}: {message}")


def test_as_a_workload(tmp_path: Path) -> None:
    path = tmp_path / "net.csv"
    path.write_text(TEXT, encoding="utf-8")
    found = workloads.network(str(path))
    assert found.name == "net"
    assert [item.name for item in found.layers] == ["Conv1", "DP1", "Conv1 (2)", "Conv1 (3)"]
    assert [item.layer for item in found.layers] == [layer for _, layer in read_topology(TEXT)]


@pytest.mark.parametrize("name", workloads.names())
def test_networks_keep_their_outputs_and_macs(name: str) -> None:
    """As SCALE-Sim counts them, and as they are read back."""
    network = workloads.network(name)
    text = write_topology((item.name, item.layer, item.count) for item in network.layers)
    rows = text.splitlines()[1:]
    wanted = [(*item.layer.output_shape[:2], item.layer.macs) for item in network.layers
              for _ in range(item.count)]  # fmt: skip
    assert [as_scale_sim_counts(row) for row in rows] == wanted
    assert [(*layer.output_shape[:2], layer.macs) for _, layer in read_topology(text)] == wanted


@given(size=st.integers(3, 30), kernel=st.integers(1, 3), stride=st.integers(1, 4), pad=st.integers(0, 2),
       depthwise=st.booleans())  # fmt: skip
def test_any_layer(size: int, kernel: int, stride: int, pad: int, depthwise: bool) -> None:
    layer = wr.Conv2d(height=size, width=size + 2, in_channels=4, out_channels=8, kernel_size=kernel,
                      stride=stride, padding=((pad, 0), (0, pad)), groups=4 if depthwise else 1)  # fmt: skip
    row = write_topology([("a, DPN", layer, 1)]).splitlines()[1]
    assert as_scale_sim_counts(row) == (*layer.output_shape[:2], layer.macs)
    assert row.startswith("DP.a_ DpN, " if depthwise else "a_ DpN, ")


@pytest.mark.parametrize(("changes", "what"), [
    ({"dilation": 2}, "dilation"), ({"stride": (1, 2)}, "different strides"),
    ({"in_channels": 4, "groups": 2, "out_channels": 2}, "groups of several channels"),
])  # fmt: skip
def test_layers_that_do_not_fit(changes: dict[str, int], what: str) -> None:
    layer = wr.Conv2d(height=9, width=9, kernel_size=3).replace(**changes)
    with pytest.raises(ValueError, match=f"^a topology has no {what}: layer 'odd' is Conv2d"):
        write_topology([("odd", layer, 1)])

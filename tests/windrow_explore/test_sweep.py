"""Sweeps: what TOML and Python may say; errors name the file, the key, the value and what is legal."""

import re
from pathlib import Path
from typing import Any

import pytest

from windrow import workloads
from windrow.operators.conv2d import Conv2d
from windrow_explore.constraints import Constraint
from windrow_explore.sweep import Sweep

LAYER = "[layer]\nheight = 16\nwidth = 12\nkernel_size = 3\n"
CONV = Conv2d(height=16, width=12, kernel_size=3)


def test_one_layer() -> None:
    sweep = Sweep.loads(f"""
        objectives = ["multipliers", "fps"]
        constraints = ["multipliers <= 64", "fps>=30"]
        front = "all"
        {LAYER}
        [axes]
        stride = [1, [2, 1]]
        kernel_size = 3
        lanes = "all"
        taps = [1, 3]
        clock_mhz = [50, 100.5]
        target = ["ecp5"]
    """)
    assert sweep.layers == [("layer", CONV)]
    assert sweep.stride == (1, (2, 1))
    assert (sweep.lanes, sweep.taps, sweep.clock_mhz) == (None, (1, 3), (50.0, 100.5))
    assert sweep.constraints == (Constraint("multipliers", "<=", 64), Constraint("fps", ">=", 30))
    found, skipped = sweep.variants()
    assert [each.layer.stride for each in found] == [(1, 1), (2, 1)]
    assert not skipped


def test_workload_and_layers(tmp_path: Path) -> None:
    sweep = Sweep.loads('workload = "resnet18"')
    assert [layer for _, layer in sweep.layers] == [item.layer for item in workloads.load("resnet18")]
    (tmp_path / "sweep.toml").write_text(
        '[[layers]]\nname = "a"\nheight = 8\nwidth = 8\nkernel_size = 3\n'
        '[[layers]]\nname = "b"\nheight = 8\nwidth = 8\nkernel_size = 5\n'
    )
    assert [name for name, _ in Sweep.load(tmp_path / "sweep.toml").layers] == ["a", "b"]


def test_words_for_padding_mean_pixels_for_each_kernel() -> None:
    sweep = Sweep.loads(LAYER + 'padding = "same"\n[axes]\nkernel_size = [3, 5]\nstride = [1, 2]')
    assert {v.layer.output_shape[:2] for v in sweep.variants()[0]} == {(16, 12), (8, 6)}


def test_what_does_not_exist_is_left_out() -> None:
    sweep = Sweep(layers=[("small", Conv2d(height=4, width=4, kernel_size=1))], kernel_size=[3, 5])
    found, skipped = sweep.variants()
    assert len(found) == 1
    assert skipped == ["small: kernel_size 5: kernel_size must fit the padded image of 4x4 (height x width), "
                       "not be 5x5"]  # fmt: skip


def test_borders_without_hardware_are_left_out() -> None:
    """A window that mirrors a pixel which it does not have; at stride 1 it has it."""
    layer = Conv2d(height=8, width=8, kernel_size=3, padding=2, padding_mode="edge")
    found, skipped = Sweep(layers=[("far", layer)], padding=[2, 3], kernel_size=[3, 1]).variants()
    assert {each.layer.kernel_size for each in found} == {(3, 3)}
    assert skipped
    assert all(text.startswith("far: ") for text in skipped)
    with pytest.raises(ValueError, match=r"^no layer is left to explore: far: "):
        Sweep(layers=[("far", layer)], padding=[3]).variants()


def test_every_operator_and_groups() -> None:
    text = """
        [[layers]]
        name = "pool"
        operator = "max-pool2d"
        height = 8
        width = 8
        channels = 4
        kernel_size = 2
        [[layers]]
        name = "depthwise"
        height = 8
        width = 8
        in_channels = 4
        out_channels = 4
        groups = 4
        kernel_size = 3
        [axes]
        stride = [1, 2]
    """
    found, skipped = Sweep.loads(text).variants()
    assert [(each.layer.kind, each.layer.groups) for each in found] == [("max-pool2d", 4)] * 2 + [
        ("conv2d", 4)] * 2  # fmt: skip
    assert skipped == []


@pytest.mark.parametrize(("text", "said"), [
    ("layer = [", "sweep.toml: not valid TOML: "),
    ("", "sweep.toml: a sweep needs exactly one of workload, [layer] and [[layers]], not none"),
    (LAYER + 'workload = "x"', "sweep.toml: [layer] unknown layer key 'workload'"),
    ('workload = "resnet19"', "sweep.toml: unknown workload 'resnet19': did you mean 'resnet18'"),
    ("stride = [1, 2]\n" + LAYER, "sweep.toml: unknown sweep key 'stride': "),
    (LAYER + "heigth = 3", "sweep.toml: [layer] unknown layer key 'heigth': did you mean 'height'?"),
    (LAYER + "[axes]\nstrides = 1", "sweep.toml: unknown axes key 'strides': did you mean 'stride'?"),
    (LAYER + "[axes]\nstride = [1, 0]", "sweep.toml: [axes] stride must be at least 1, not 0"),
    (LAYER + "[axes]\nstride = ['a']", "sweep.toml: [axes] stride must be an int or (h, w), not 'a'"),
    (LAYER + "[axes]\npadding = ['all']", "sweep.toml: [axes] padding must be an int, (h, w), "),
    (LAYER + "[axes]\nlanes = [true]", "sweep.toml: [axes] lanes must be an int, not True"),
    (LAYER + "[axes]\npe = []", "sweep.toml: [axes] pe must hold at least one value, not none"),
    (LAYER + "[axes]\nclock_mhz = -5", "sweep.toml: [axes] clock_mhz must be above 0 and at most 100000"),
    (LAYER + "[axes]\ntarget = 'ecp6'",
     "sweep.toml: [axes] target must be one of ecp5, ice40, xc7, not 'ecp6'"),
    ("objectives = ['luts']\n" + LAYER, "sweep.toml: objectives must be of multipliers, fold, interval, "),
    ("front = 'some'\n" + LAYER, "sweep.toml: front must be one of layer, all, not 'some'"),
    ("constraints = ['few']\n" + LAYER,
     "sweep.toml: constraints must have the form NAME <= NUMBER (or >=, <, >, ==), not 'few'"),
    ("constraints = ['multiplier < 3']\n" + LAYER, "sweep.toml: constraints must be of a numeric column, not "
     "'multiplier' in 'multiplier < 3': did you mean 'multipliers'?"),
    ("constraints = [3]\n" + LAYER,
     "sweep.toml: constraints must be texts such as 'multipliers <= 64', not 3"),
    ("[[layers]]\nheight = 3", "sweep.toml: [[layers]] number 1: name must be a text of its own, not None"),
    ("[[layers]]\nname = 'a'\nheight = 3",
     "sweep.toml: [[layers]] number 1: missing layer keys 'width', 'kernel_size'"),
    ("axes = 3\n" + LAYER, "sweep.toml: axes must be a table [axes], not 3"),
])  # fmt: skip
def test_errors(text: str, said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(said)}"):
        Sweep.loads(text, "sweep.toml")


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "sweep.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"sweep\.toml: not a text file in UTF-8: "):
        Sweep.load(tmp_path / "sweep.toml")


@pytest.mark.parametrize(("text", "said"), [
    ("buffer_bits<64k", "buffer_bits < 64000"), ("buffer_bits <= 1.5Ki", "buffer_bits <= 1536"),
    ("luts<=5_000", "lut <= 5000"), ("stride_h = 2", "stride_h == 2"), ("fps>29.97", "fps > 29.97"),
    ("macs >= 1e6", "macs >= 1000000"), ("utilisation > 2.5e-1", "utilisation > 0.25"),
])  # fmt: skip
def test_constraints(text: str, said: str) -> None:
    assert str(Constraint.parse(text)) == said


def test_equal_sweeps_have_equal_dicts() -> None:
    one = Sweep(layers=[("layer", CONV)], stride=range(1, 3), taps=[1, 3, 1])
    two = Sweep.loads(LAYER + "[axes]\nstride = [1, 2]\ntaps = [1, 3]")
    assert one.to_dict() == two.to_dict()
    assert one.to_dict()["axes"]["stride"] == [1, 2]


@pytest.mark.parametrize("layers", [[CONV], [("a", CONV, 1)], [(3, CONV)], ["ab"]])
def test_layers_are_pairs(layers: list[Any]) -> None:
    said = f"layers must be pairs such as ('first', Conv2d(...)), not {layers[0]!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(said)}$"):
        Sweep(layers=layers)

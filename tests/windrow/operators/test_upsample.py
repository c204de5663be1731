"""Nearest upsampling: the golden model against onnxruntime, and what the hardware holds and takes."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

import windrow as wr
from strategies import Case
from windrow_hdl.parts.periodic import PeriodicSequencer
from windrow_hdl.walking import walking_of

FACTORS = [(2, 2), (1, 3), (4, 1), (3, 2)]


def resized(x: np.ndarray, factor: tuple[int, int]) -> np.ndarray:
    """ONNX Resize, nearest, asymmetric, floor: (N, H, W, C)."""
    scales = helper.make_tensor("scales", TensorProto.FLOAT, [4], [1.0, 1.0, *map(float, factor)])
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="nearest", nearest_mode="floor",
                            coordinate_transformation_mode="asymmetric")
    graph = helper.make_graph(
        [node], "resize", [helper.make_tensor_value_info("x", TensorProto.INT8, [None] * 4)],
        [helper.make_tensor_value_info("y", TensorProto.INT8, None)], [scales])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = np.asarray(session.run(None, {"x": x.transpose(0, 3, 1, 2).astype(np.int8)})[0])
    return found.transpose(0, 2, 3, 1)


@pytest.mark.parametrize("factor", FACTORS)
def test_as_onnxruntime_resizes(factor: tuple[int, int]) -> None:
    layer = wr.Upsample2d(height=4, width=5, channels=3, factor=factor, input_type=wr.Int(8))
    x = layer.random_input(1, 2)
    assert np.array_equal(layer.golden(x), resized(x, factor))
    assert layer.output_shape == (4 * factor[0], 5 * factor[1], 3)


def test_one_row_is_held_and_the_output_never_pauses() -> None:
    layer = wr.Upsample2d(height=6, width=8, channels=4, factor=2)
    for design in wr.designs(layer):
        assert (design.ring_rows, design.buffer_bits, design.ideal) == (1, 8 * 4 * 8, True)
        assert design.interval == design.windows * design.slices == design.bounds().interval
        assert design.latency == design.slices + 6
        Case(design).check()
        Case(design, 1, (True, False), (False, True, True)).check()
    with pytest.raises(ValueError, match=r"^interval must be at least 768 with lanes=1, not 192"):
        wr.plan(layer, lanes=1, interval=192)
    assert wr.plan(layer).interval == 768
    assert wr.plan(layer, pace="pixel").interval == 192


def test_tables_stay_short_however_wide_the_image() -> None:
    """The records of columns alternate: a period of two, not as many entries as columns."""
    for size in (8, 64, 512):
        design = wr.Design(wr.Upsample2d(height=size, width=size, factor=2))
        player = walking_of(design).reader(turnable=False).walk.windows.player
        for sequencer in (player.row, player.column):
            assert isinstance(sequencer, PeriodicSequencer)
            assert len(sequencer.entries) <= 6


def test_what_it_refuses() -> None:
    with pytest.raises(ValueError, match=r"^factor must be at least 1, not 0$"):
        wr.Upsample2d(height=4, width=4, factor=0)
    with pytest.raises(TypeError, match=r"^factor must be an int or \(h, w\), not 1\.5$"):
        wr.Upsample2d(height=4, width=4, factor=1.5)  # type: ignore[arg-type]
    layer = wr.Upsample2d(height=4, width=4, factor=2)
    with pytest.raises(ValueError, match=r"^factor must be left to hardware without a runtime, not 2x2$"):
        wr.Design(layer, runtime=wr.Runtime(max_height=4, max_width=4))
    with pytest.raises(ValueError, match=r"^pixels must be 1 for windows that advance by a part of a pixel"):
        wr.Design(layer, pixels=2)
    with pytest.raises(ValueError, match=r"^layers must have windows that advance by whole pixels, not be "):
        wr.explore(layer)

"""What a pipeline says about itself: rows that add up to totals, of the network without idle channels."""

import pytest

import windrow as wr
from networks import block


def test_rows_add_up() -> None:
    net = block()
    pipeline = wr.plan(net, interval=700)
    record = pipeline.to_dict()
    layers = record["layers"]
    assert isinstance(layers, list)
    assert record["interval"] == pipeline.interval <= 700
    assert record["multipliers"] == sum(each["multipliers"] for each in layers) == pipeline.multipliers
    assert record["requantisers"] == sum(each["requantisers"] for each in layers)
    assert record["weight_bits"] == sum(each["weight_bits"] for each in layers)
    bits = sum(fifo.bits for fifo in pipeline.fifos)
    assert record["buffer_bits"] == bits + sum(each["buffer_bits"] for each in layers)
    macs = sum(each["macs"] for each in layers)
    assert pipeline.utilisation == macs / (pipeline.multipliers * pipeline.interval) <= 1
    weighted = [each for each in layers if each["utilisation"] is not None]
    assert sum(each["utilisation"] * each["multipliers"] for each in weighted) * pipeline.interval == (
        pytest.approx(macs))  # fmt: skip
    assert [each["output_shape"] for each in layers] == [
        list(step.operator.output_shape) for step in pipeline.plain.steps]  # fmt: skip
    assert [each["idle_channels"] for each in layers] == [
        step.operator.output_shape[2] - plain.operator.output_shape[2]
        for step, plain in zip(pipeline.steps.steps, pipeline.plain.steps, strict=True)]  # fmt: skip

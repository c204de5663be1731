"""Summaries say what leaves the hardware."""

import windrow as wr


def test_output_has_the_type_behind_the_maps() -> None:
    layer = wr.Conv2d(height=6, width=6, kernel_size=3)
    for output, kind in ((None, layer.accumulator_type), (wr.Requantize(0.01, type=wr.UInt(5)), wr.UInt(5))):
        facts = dict(wr.plan(layer.replace(output=output)).summary().facts)
        assert facts["output"].startswith(f"4x4x1 of {kind}, ")

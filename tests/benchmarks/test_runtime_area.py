"""The benchmark of run-time configuration, on its smallest layer."""

from benchmarks import runtime_area
from installed import needs

needs("pyosys", "fpga")


def test_what_run_time_configuration_costs() -> None:
    fixed, settings, weights = runtime_area.measure(*runtime_area.CASES[0])
    assert (fixed["hardware"], fixed["ratio"]) == ("fixed", 1.0)
    assert fixed["dsp"] == settings["dsp"] == weights["dsp"] == 3
    assert fixed["lut"] < settings["lut"] < 450
    assert settings["ff"] < weights["ff"]
    assert fixed["rows"] == settings["rows"]  # operands need no selection

"""Several pixels a beat as an axis: each row is what its design and its estimate say, and is simulated so."""

import numpy as np
import pytest

import windrow as wr
from windrow.stage.estimates import estimate
from windrow_explore.jobs.deepen import Job
from windrow_explore.questions import answers
from windrow_explore.report.families import families
from windrow_explore.report.words import headline

LAYER = wr.Conv2d(height=6, width=13, in_channels=2, out_channels=2, kernel_size=3, padding=1)


def test_every_row_is_its_design() -> None:
    table = wr.explore(LAYER, stride=[1, 2], pixels=[1, 2, 4], clock_mhz=[100, 200], workers=1)
    columns = table.columns
    assert set(columns["pixels"].tolist()) == {1, 2, 4}
    several = table[columns["pixels"] > 1]
    found = {(row["stride_h"], row["pixels"], row["pe"], row["taps"]) for row in several.rows()}
    assert found == {(stride, pixels, each.pe, each.taps) for stride in (1, 2) for pixels in (2, 4)
                     for each in wr.designs(LAYER.replace(stride=stride), pixels=pixels)}
    for row in several.rows():
        design = wr.Design(LAYER.replace(stride=row["stride_h"]), pe=row["pe"], taps=row["taps"],
                           pixels=row["pixels"])
        guess = estimate(design, clock_mhz=row["clock_mhz"])
        assert (row["lanes"], row["multipliers"], row["fold"], row["interval"], row["bound"]) == (
            2, design.multipliers, design.fold, design.interval, design.bounds().interval)
        assert (row["latency"], row["buffer_pixels"], row["buffer_bits"]) == (
            design.latency, design.buffer_pixels, design.buffer_bits)
        assert (row["timing_from"], row["buffer_from"]) == ("model", "model")
        assert row["utilisation"] == pytest.approx(design.utilisation)
        assert (row["bram_estimate"], row["dsp_estimate"]) == (guess.block_rams, guess.dsps)
        assert row["fps"] == pytest.approx(guess.fps)


def test_dividers_of_every_window() -> None:
    pool = wr.AvgPool2d(height=6, width=12, kernel_size=3, padding=1, channels=2)
    for row in wr.explore(pool, stride=[1, 2], pixels=[1, 4], workers=1).rows():
        design = wr.Design(pool.replace(stride=row["stride_h"]), lanes=row["lanes"], pe=row["pe"],
                           taps=row["taps"], pixels=row["pixels"])
        assert row["dsp_estimate"] == estimate(design).dsps


def test_those_of_one_pixel_stay_as_they_are() -> None:
    alone = wr.explore(LAYER, workers=1)
    beside = wr.explore(LAYER, pixels=[1, 2], workers=1)
    ones = beside[beside.columns["pixels"] == 1]
    for name in ("lanes", "pe", "taps", "interval", "latency", "buffer_bits", "bram_estimate"):
        np.testing.assert_array_equal(ones.columns[name], alone.columns[name], name)


def test_simulated_and_with_constraints() -> None:
    table = wr.explore(LAYER, pixels=[2, 4], constraints=["pixels == 4", "interval <= 24"], verify=2,
                       engine="amaranth", workers=1)
    assert (table.columns["pixels"] == 4).all()
    assert (table.columns["interval"] == 24).all()
    assert table.columns["verified"].sum() == min(2, len(table))
    first = table.rows()[0]
    design = wr.Design(LAYER, pe=first["pe"], taps=first["taps"], pixels=4)
    assert Job.of("timing", design).design == (2, first["pe"], first["taps"], 4)
    assert Job.of("timing", design).options["pixels"] == 4
    assert "pixels" not in Job.of("timing", wr.Design(LAYER)).options


def test_sentences_say_how_many_pixels_come_in_a_cycle() -> None:
    table = wr.explore(LAYER, stride=[1, 2], pixels=[4, 2], workers=1)
    (family,) = families(table.columns)
    assert family.pace == 6 * 7
    assert "2 pixels of the input in every cycle" in " ".join(headline(table.columns, family))
    assert any("42 cycles, 2 pixels a cycle: " in answer.text for answer in answers(table))


def test_what_is_not_legal() -> None:
    with pytest.raises(ValueError, match=r"^pixels must be in 1..16, not 17$"):
        wr.explore(LAYER, pixels=[1, 17])
    with pytest.raises(ValueError, match=r"^no design is left to explore: with several pixels a beat, lan"):
        wr.explore(LAYER, pixels=[2], lanes=[1])
    whole = wr.AvgPool2d(height=40, width=40, kernel_size="global")
    with pytest.raises(ValueError, match=r"^no design is left to explore: .*: pixels 2: pixels must be 1 "):
        wr.explore(whole, pixels=[2])

"""Designs of every technology behave alike: outputs and cycles by equality, with models of the cells."""

import pytest

import windrow as wr
from windrow_hdl.technology import cell_models

SMALL = wr.Conv2d(height=9, width=40, kernel_size=3, stride=2, padding=1, bias=True)
DEEP = wr.Conv2d(height=4, width=600, in_channels=2, out_channels=2, kernel_size=(2, 3), stride=(1, 2),
                 padding=(1, 1), input_type=wr.Int(11), weight_type=wr.Int(12))
WIDE = wr.Conv2d(height=3, width=1500, kernel_size=(2, 2), input_type=wr.UInt(16), weight_type=wr.UInt(16))
MANY = wr.Conv2d(height=5, width=4, in_channels=8, out_channels=6, kernel_size=3, bias=True)
MOST = wr.Conv2d(height=3, width=3, in_channels=16, out_channels=16, kernel_size=3)

DESIGNS = {
    "gather, turned weights": wr.Design(SMALL, taps=3),
    "gather, one tap": wr.Design(SMALL, taps=1),
    "shift register": wr.Design(SMALL, taps=9),
    "column store": wr.Design(SMALL, taps=5),
    "two lanes, two filters, words of 18 bits": wr.Design(DEEP, lanes=1, pe=2, taps=6),
    "words of 9 bits": wr.Design(WIDE, taps=2),
    "many steps": wr.Design(MANY, lanes=1, pe=2, taps=2),
    "more steps than a block RAM of bytes": wr.Design(MOST, taps=1),
    "partial results": wr.Design(wr.MaxPool2d(height=5, width=9, channels=40, kernel_size=3, stride=2,
                                              padding=1), lanes=1, taps=1),
}


@pytest.mark.parametrize("technology", ["ecp5", "ice40"])
@pytest.mark.parametrize("name", DESIGNS)
def test_technologies_agree(name: str, technology: str) -> None:
    design = DESIGNS[name]
    layer = design.layer
    wr.simulate(design, layer.random_input(1, 3), layer.random_weights(1), layer.random_bias(1),
                technology=technology, input_stall=[False, True, False],
                output_stall=[True, True, False]).check()


@pytest.mark.parametrize("taps", [3, 5, 9])
@pytest.mark.parametrize("input_type", [wr.UInt(8), wr.Int(8), wr.Int(3), wr.UInt(1), wr.Int(13)])
def test_multipliers_of_logic(taps: int, input_type: wr.UInt | wr.Int) -> None:
    layer = wr.Conv2d(height=5, width=6, kernel_size=3, padding=1, input_type=input_type)
    wr.simulate(wr.Design(layer, taps=taps), layer.random_input(2, 2), layer.random_weights(2),
                engine="amaranth", dsp=False).check()


def test_only_verilator_has_the_cells() -> None:
    design = DESIGNS["shift register"]
    layer = design.layer
    with pytest.raises(ValueError, match=r"^engine must be 'auto' or 'verilator' for technology 'ecp5', not "
                                         r"'amaranth'$"):
        wr.simulate(design, layer.random_input(0), layer.random_weights(0), layer.random_bias(0),
                    engine="amaranth", technology="ecp5")


def test_unknown_technology_names_the_legal_ones() -> None:
    with pytest.raises(ValueError, match=r"^technology must be one of generic, ecp5, ice40, not 'asic'$"):
        cell_models("asic")

"""Registers: the description refuses what cannot be, and C, Python and the table all say the same."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import windrow as wr
from networks import block
from windrow_hdl.axi import register_map
from windrow_hdl.axi.register_texts import c_header, markdown, python_driver
from windrow_hdl.axi.registers import Field, Kind, Register, RegisterMap
from windrow_hdl.reductions.weights_loaded import load_sequence

DESIGN = wr.Design(wr.Conv2d(height=7, width=9, in_channels=2, kernel_size=(2, 3), stride=(2, 1),
                             padding=((1, 0), (0, 2)), input_type=wr.Int(6)), taps=3)
MAP = register_map(DESIGN)
WHOLE = Field("", Kind.STATE, "all of it")


class Memory:
    """A bus of plain memory, with the map's constants in it."""

    def __init__(self, base: int = 0) -> None:
        self.words = {base + register.offset: sum(field.value << field.at for field in register.fields)
                      for register in MAP.registers}
        self.written: list[tuple[int, int]] = []

    def read(self, address: int) -> int:
        return self.words[address]

    def write(self, address: int, value: int) -> None:
        self.written.append((address, value))


def driver(bus: Memory, base: int = 0) -> Any:
    space: dict[str, Any] = {}
    exec(python_driver(MAP), space)
    return space["Windrow"](bus, base)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Field("busy", Kind.STATE, ""), "^name must be capitals, digits and underscores, not 'busy'$"),
    (lambda: Field("A", Kind.STATE, "", 30, 3), "^field A must lie in bits 0..31, not have 3 from bit 30$"),
    (lambda: Field("A", Kind.CONSTANT, "", 0, 4, 16), "^value must fit 4 unsigned bits, not be 16$"),
    (lambda: Field("A", Kind.PULSE, "", 0, 2), "^field A is 'write 1 to act' and must have 1 bit, not 2$"),
    (lambda: Register("a", 0, "", (WHOLE,)), "^name must be capitals, digits and underscores, not 'a'$"),
    (lambda: Register("A", 6, "", (WHOLE,)), "^offset must be a multiple of 4, not 6$"),
    (lambda: Register("A", 0, "", ()), "^register A must have a field, not none$"),
    (lambda: Register("A", 0, "", (Field("X", Kind.STATE, "", 0, 2), Field("Y", Kind.STATE, "", 1, 2))),
     "^fields of A must not overlap: Y does$"),
    (lambda: Register("A", 0, "", (Field("X", Kind.STATE, "", 0, 2), Field("", Kind.STATE, "", 8, 2))),
     "^every one of several fields of A must have a name$"),
    (lambda: RegisterMap("", (Register("A", 0, "", (WHOLE,)), Register("A", 4, "", (WHOLE,)))),
     "^the name of every register must be its own, not 'A' twice$"),
    (lambda: RegisterMap("", (Register("A", 4, "", (WHOLE,)), Register("B", 4, "", (WHOLE,)))),
     "^the offset of every register must be its own, not 4 twice$"),
    (lambda: RegisterMap("", (Register("A", 0, "", (Field("B", Kind.STATE, ""),)),
                              Register("A_B", 4, "", (WHOLE,)))),
     "^the full name of every field must be its own, not 'A_B' twice$"),
    (lambda: c_header(MAP, "2d"), "^name must be letters, digits and underscores after a letter, not '2d'$"),
    (lambda: python_driver(MAP, "a b"), "^name must be letters, .*, not 'a b'$"),
])
def test_refusals(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_number_too_large_for_its_register() -> None:
    design = wr.Design(wr.Conv2d(height=1, width=1, kernel_size=1, stride=70_000))
    with pytest.raises(ValueError, match=(
        r"^STRIDE_ROWS must fit its 16 bits in the register map, not be 70,000$")):
        register_map(design)


def test_unknown_register() -> None:
    with pytest.raises(KeyError, match="no register 'NONE'; there are ID, VERSION, CONTROL"):
        MAP["NONE"]


def test_the_map_tells_the_design() -> None:
    bus = driver(Memory())
    layer = DESIGN.layer
    assert (bus.height, bus.width, bus.channels) == (7, 9, 2)
    assert (bus.out_height, bus.out_width, bus.filters) == layer.output_shape
    assert (bus.kernel_rows, bus.kernel_columns) == (2, 3)
    assert (bus.stride_rows, bus.stride_columns) == (2, 1)
    assert (bus.pad_rows_top, bus.pad_rows_bottom) == (1, 0)
    assert (bus.pad_columns_left, bus.pad_columns_right) == (0, 2)
    assert (bus.input_type_bits, bus.input_type_signed) == (6, 1)
    assert (bus.output_type_bits, bus.output_type_signed) == (layer.accumulator_type.bits, 1)
    assert (bus.lanes, bus.pe, bus.taps, bus.fold) == (1, 1, 3, DESIGN.fold)
    assert (bus.interval, bus.latency) == (DESIGN.interval, DESIGN.latency)


def test_the_map_tells_the_network() -> None:
    """Offsets and meanings are those of a layer; what is of one window and its folding is not there."""
    network = wr.plan(block(), interval=300)
    registers, layer = register_map(network), register_map(DESIGN)
    ours, others = ({register.name for register in each.registers} for each in (registers, layer))
    assert others - ours == {"STRIDE", "KERNEL", "DILATION", "PAD_ROWS", "PAD_COLUMNS", "TAPS", "FOLD"}
    for register in registers.registers:
        assert (register.offset, register.doc) == (layer[register.name].offset, layer[register.name].doc)
    values = {register.full_name(field): field.value for register, field in registers.fields()}
    assert [values[name] for name in ("HEIGHT", "WIDTH", "CHANNELS")] == [9, 7, 2]
    assert [values[name] for name in ("OUT_HEIGHT", "OUT_WIDTH", "FILTERS")] == [1, 1, 5]
    assert [values[name] for name in ("LANES", "PE")] == [network.lanes, network.pe]
    assert [values[name] for name in ("INTERVAL", "LATENCY")] == [network.interval, network.latency]
    assert [values[f"{name}_TYPE_BITS"] for name in ("INPUT", "OUTPUT")] == [8, 8]
    assert (values["FEATURES_NETWORK"], values["FEATURES_SETTINGS"], values["FEATURES_WEIGHTS"]) == (1, 0, 0)


@pytest.mark.parametrize("bias", [False, True])
def test_words_of_a_whole_set_of_weights(bias: bool) -> None:
    layer = wr.Conv2d(height=6, width=5, in_channels=2, out_channels=4, kernel_size=3, bias=bias)
    runtime = wr.Runtime(max_height=9, max_width=9)
    design = wr.Design(layer, pe=2, taps=2, runtime=runtime)  # the last step has a tap to spare
    words = load_sequence(design, layer.random_weights(0), layer.random_bias(0))
    assert register_map(design)["WEIGHT_WORDS"].fields[0].value == len(words)


def test_a_programmable_pool_has_no_registers_for_weights() -> None:
    pool = wr.MaxPool2d(height=6, width=5, kernel_size=3)
    registers = register_map(wr.Design(pool, taps=3, runtime=wr.Runtime(max_height=9, max_width=9)))
    assert {"WEIGHT", "WEIGHT_WORDS"}.isdisjoint(register.name for register in registers.registers)
    features = {field.name: field.value for field in registers["FEATURES"].fields}
    assert features == {"SETTINGS": 1, "WEIGHTS": 0, "NETWORK": 0}
    assert "WEIGHT_FULL" not in {field.name for field in registers["STATUS"].fields}


def test_python_driver_checks_the_hardware() -> None:
    memory = Memory(0x4000_0000)
    bus = driver(memory, 0x4000_0000)
    bus.check()
    memory.words[0x4000_0010] = 8
    with pytest.raises(RuntimeError, match=r"^height at address 0x40000000 reads 8, not 7$"):
        bus.check()


def test_python_driver_writes_one_field() -> None:
    memory = Memory()
    bus = driver(memory)
    memory.words[0x08], memory.words[0x0C] = 0b100, 0x301
    bus.control_reset()
    bus.control_clear()
    bus.clear_status_early()
    bus.control_ignore_tlast = 1
    bus.control_ignore_tlast = 0
    assert memory.written == [(0x08, 0b101), (0x08, 0b110), (0x0C, 0x100), (0x08, 0b100), (0x08, 0)]
    assert (bus.status_busy, bus.status_early, bus.status_late, bus.status_padding) == (1, 1, 1, 0)
    with pytest.raises(ValueError, match=r"^control_ignore_tlast must be in 0..1, not 2$"):
        bus.control_ignore_tlast = 2


def test_c_header_compiles_and_checks_the_hardware(tmp_path: Path) -> None:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc")
    (tmp_path / "windrow_registers.h").write_text(c_header(MAP), encoding="utf-8")
    words = [0] * (1 << (MAP.address_bits - 2))
    for offset, word in Memory().words.items():
        words[offset // 4] = word
    source = tmp_path / "main.c"
    source.write_text(f"""\
#include "windrow_registers.h"

int main(void)
{{
    static volatile uint32_t bus[] = {{{", ".join(f"{word}u" for word in words)}}};
    if (windrow_check(bus) != -1) return 1;
    if (windrow_get(bus, WINDROW_KERNEL, WINDROW_KERNEL_COLUMNS_MASK) != 3u) return 2;
    windrow_write(bus, WINDROW_HEIGHT, WINDROW_HEIGHT_VALUE + 1u);
    if (windrow_check(bus) != (int32_t)WINDROW_HEIGHT) return 3;
    windrow_write(bus, WINDROW_STATUS, WINDROW_STATUS_LATE_MASK);
    if (windrow_get(bus, WINDROW_STATUS, WINDROW_STATUS_LATE_MASK) != 1u) return 4;
    return (int)((windrow_read(bus, WINDROW_STATUS) >> WINDROW_STATUS_EARLY_SHIFT) & 1u);
}}
""")
    for language in ("c", "c++"):
        subprocess.run([compiler, "-x", language, "-Wall", "-Wextra", "-Werror", "-pedantic",
                        *(["-std=c99"] if language == "c" else []), "main.c", "-o", language],
                       cwd=tmp_path, check=True, timeout=60)
        assert subprocess.run([tmp_path / language], timeout=60, check=False).returncode == 0


def test_all_three_have_every_field() -> None:
    header, code, table = c_header(MAP, "core2"), python_driver(MAP, "Core"), markdown(MAP)
    for register, field in MAP.fields():
        full = register.full_name(field)
        assert re.search(rf"^#define CORE2_{register.name} 0x{register.offset:02x}u$", header, re.MULTILINE)
        assert f"    def {full.lower()}(self):" in code
        assert f"| {field.name} | {field.kind.value} |" in table
        if field.name:
            assert f"#define CORE2_{full}_MASK 0x{field.mask:08x}u" in header
    assert len(table.splitlines()) == 2 + len(list(MAP.fields()))
    assert "value |" not in markdown(MAP, values=False)


def runtime_map(layer: wr.Conv2d, **maxima: Any) -> RegisterMap:
    runtime = wr.Runtime(max_height=16, max_width=12, max_stride=3, **maxima)
    return register_map(wr.Design(layer, taps=2, runtime=runtime))


def test_run_time_hardware_shows_and_takes_what_can_be_set() -> None:
    fixed = {register.full_name(field): field for register, field in MAP.fields()}
    names = {register.full_name(field): field for register, field in runtime_map(DESIGN.layer).fields()}
    settable = {"HEIGHT", "WIDTH", "STRIDE_ROWS", "STRIDE_COLUMNS", "PAD_ROWS_TOP", "PAD_ROWS_BOTTOM",
                "PAD_COLUMNS_LEFT", "PAD_COLUMNS_RIGHT"}
    for name in settable:
        assert names[name].kind is Kind.STATE
        assert names[f"SET_{name}"].kind is Kind.SETTING
        assert names[f"SET_{name}"].value == fixed[name].value
    assert fixed.keys() - names.keys() == {"OUT_HEIGHT", "OUT_WIDTH", "INTERVAL", "LATENCY"}
    most = [names[f"MAX_{name}"].value for name in ("HEIGHT", "WIDTH", "STRIDE_ROWS")]
    assert most == [16, 12, 3]
    assert (names["FEATURES_SETTINGS"].value, names["FEATURES_WEIGHTS"].value) == (1, 1)
    assert names["WEIGHT_WORDS"].value == 2 * 3 * 2
    plain = {register.name for register in runtime_map(DESIGN.layer, weights=False).registers}
    assert "SET_HEIGHT" in plain
    assert not plain & {"WEIGHT", "WEIGHT_WORDS"}


def test_a_bias_wider_than_a_register() -> None:
    layer = DESIGN.layer.replace(bias=True, bias_type=wr.Int(40))
    with pytest.raises(ValueError, match=(
        r"^bias_type must have at most 32 bits to be loaded through a register, not be int40$")):
        runtime_map(layer)


def test_python_driver_hands_over_words() -> None:
    space: dict[str, Any] = {}
    exec(python_driver(runtime_map(DESIGN.layer)), space)
    memory = Memory()
    bus = space["Windrow"](memory)
    bus.write_weight(-1)
    bus.write_weight(127)
    assert memory.written == [(0xD4, 0xFF), (0xD4, 127)]
    with pytest.raises(ValueError, match=r"^weight must fit 8 bits, not be -129$"):
        bus.write_weight(-129)


@pytest.mark.parametrize("registers", [MAP, runtime_map(DESIGN.layer)], ids=["fixed", "run-time"])
def test_the_documentation_has_this_table(registers: RegisterMap) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "axi.md").read_text(encoding="utf-8")
    if registers is MAP:
        assert markdown(MAP, values=False) in page
    for register, field in registers.fields():
        assert re.search(rf"\| {field.name} \| (constant|{field.kind.value}) \|", page)
        assert f"| 0x{register.offset:02x} | {register.name} |" in page

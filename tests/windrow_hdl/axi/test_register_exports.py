"""IP-XACT and SystemRDL of the registers: read by other programs, they say what the register map says."""

import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

import windrow as wr
from windrow.install import pip_install
from windrow_hdl import ipxact, register_map, systemrdl
from windrow_hdl.axi.registers import Kind, RegisterMap

LAYER = wr.Conv2d(height=16, width=18, kernel_size=3, padding=1)
DESIGNS = [wr.Design(LAYER, taps=3),
           wr.Design(LAYER, taps=3, runtime=wr.Runtime(max_height=16, max_width=18, max_stride=2))]
MAPS = [register_map(design) for design in DESIGNS]
SPACE = {"x": "http://www.accellera.org/XMLSchema/IPXACT/1685-2014"}


def expected(registers: RegisterMap) -> set[tuple[str, int, str, int, int]]:
    """Register, offset, field, lowest bit, bits."""
    return {(register.name, register.offset, field.name or register.name, field.at, field.bits)
            for register, field in registers.fields()}


@pytest.mark.parametrize("registers", MAPS)
def test_ipxact(registers: RegisterMap) -> None:
    root = xml.fromstring(ipxact(registers, "edges"))
    assert root.findtext("x:name", namespaces=SPACE) == "edges"

    def number(element: xml.Element, name: str) -> int:
        text = str(element.findtext(f"x:{name}", namespaces=SPACE))
        return int(text[2:], 16) if text.startswith("'h") else int(text)

    found, access = set(), {}
    for register in root.iterfind(".//x:register", SPACE):
        for field in register.iterfind("x:field", SPACE):
            names = [str(one.findtext("x:name", namespaces=SPACE)) for one in (register, field)]
            found.add((names[0], number(register, "addressOffset"), names[1], number(field, "bitOffset"),
                       number(field, "bitWidth")))
            access[tuple(names)] = (field.findtext("x:access", namespaces=SPACE),
                                    field.findtext("x:modifiedWriteValue", namespaces=SPACE))
    assert found == expected(registers)
    assert access["STATUS", "EARLY"] == ("read-write", "oneToClear")
    assert access["CONTROL", "RESET"] == ("write-only", None)
    assert access["HEIGHT", "HEIGHT"] == ("read-only", None)
    block = root.find(".//x:addressBlock", SPACE)
    assert block is not None
    assert number(block, "range") > max(register.offset for register in registers.registers)


@pytest.mark.parametrize("registers", MAPS)
def test_systemrdl(registers: RegisterMap, tmp_path: Path) -> None:
    systemrdl_compiler = pytest.importorskip("systemrdl", reason=pip_install("dev"))
    (tmp_path / "x.rdl").write_text(systemrdl(registers, "edges"))
    compiler = systemrdl_compiler.RDLCompiler()
    compiler.compile_file(str(tmp_path / "x.rdl"))
    top = compiler.elaborate().top
    assert top.inst_name == "edges"
    found, nodes = set(), {}
    for register in top.registers():
        for field in register.fields():
            found.add((register.inst_name, register.address_offset, field.inst_name, field.low, field.width))
            nodes[register.inst_name, field.inst_name] = field
    assert found == expected(registers)
    for register, field in registers.fields():
        node = nodes[register.name, field.name or register.name]
        assert node.is_sw_readable == (field.kind not in (Kind.PULSE, Kind.PORT))
        assert node.is_sw_writable == field.kind.writable
        if field.kind in (Kind.CONSTANT, Kind.SETTING):
            assert node.get_property("reset") == field.value


@pytest.mark.parametrize("write", [ipxact, systemrdl])
def test_a_name_that_cannot_be(write: object) -> None:
    with pytest.raises(ValueError, match="^name must be letters, digits and underscores after"):
        write(MAPS[0], "3x")  # type: ignore[operator]

"""IP-XACT and SystemRDL of the registers: read by other programs, they say what the register map says."""

import re
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

import windrow as wr
from windrow.install import pip_install
from windrow_hdl import ipxact, register_map, systemrdl
from windrow_hdl.axi.ports import Face, ports
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


ORDER = ("vendor", "library", "name", "version", "busInterfaces", "memoryMaps", "model")
BUSES = {"s_axis": ("AXI4Stream", "slave"), "m_axis": ("AXI4Stream", "master"),
         "s_axi": ("AXI4-Lite", "slave")}  # fmt: skip


@pytest.mark.parametrize("face", [Face("axi"), Face("axi", "power-of-two", True)], ids=["plain", "tkeep"])
def test_buses_of_the_component(face: Face) -> None:
    """Every port of the Verilog, with direction and width, and in the map of its bus, which AMBA knows."""
    design = DESIGNS[0]
    text = ipxact(MAPS[0], "edges", ports(design, face))
    root = xml.fromstring(text)
    assert tuple(child.tag.partition("}")[2] for child in root) == ORDER
    verilog = wr.verilog(design, LAYER.random_weights(0), name="edges", tdata=face.tdata, tkeep=face.tkeep)
    of_verilog = {
        (name, direction.removesuffix("put"), int(high or 0) + 1) for direction, high, name in re.findall(
            r"^    (input|output) (?:reg)? +(?:\[(\d+):0\] )?(\w+),?(?: +//.*)?$",
            verilog.partition(");")[0].partition("\nmodule")[2], re.MULTILINE)
    }  # fmt: skip
    found = set()
    for port in root.iterfind("x:model/x:ports/x:port", SPACE):
        wire = port.find("x:wire", SPACE)
        assert wire is not None
        bits = int(wire.findtext("x:vectors/x:vector/x:left", "0", SPACE)) + 1
        found.add((port.findtext("x:name", "", SPACE), wire.findtext("x:direction", "", SPACE), bits))
    assert found == of_verilog
    assert root.findtext(".//x:componentInstantiation/x:moduleName", "", SPACE) == "edges"

    mapped = set()
    for bus in root.iterfind("x:busInterfaces/x:busInterface", SPACE):
        name = bus.findtext("x:name", "", SPACE)
        kind, role = BUSES[name]
        of = [bus.find(f".//x:{each}", SPACE) for each in ("busType", "abstractionRef")]
        assert [each.attrib["name"] for each in of if each is not None] == [kind, f"{kind}_rtl"]
        assert {each.attrib["vendor"] for each in of if each is not None} == {"amba.com"}
        assert bus.find(f"x:{role}", SPACE) is not None
        maps = {port.findtext("x:physicalPort/x:name", "", SPACE): port.findtext(
            "x:logicalPort/x:name", "", SPACE) for port in bus.iterfind(".//x:portMap", SPACE)}
        assert maps.pop("aclk") == "ACLK"
        assert maps.pop("aresetn") == "ARESETn"
        assert all(logical == physical.removeprefix(f"{name}_").upper() for physical, logical in maps.items())
        assert ("TKEEP" in maps.values()) == (face.tkeep and kind == "AXI4Stream")
        mapped |= set(maps)
    assert mapped == {name for name, _, _ in of_verilog} - {"aclk", "aresetn"}
    memory = root.find("x:busInterfaces/x:busInterface/x:slave/x:memoryMapRef", SPACE)
    assert memory is not None
    assert memory.attrib["memoryMapRef"] == root.findtext("x:memoryMaps/x:memoryMap/x:name", "", SPACE)


def test_a_hand_over_s_component_has_its_buses(tmp_path: Path) -> None:
    wr.handover(DESIGNS[0], LAYER.random_weights(0), path=tmp_path / "rtl", tkeep=True)
    root = xml.parse(tmp_path / "rtl/software/windrow_registers.xml").getroot()
    found = [bus.findtext("x:name", "", SPACE) for bus in root.iterfind(".//x:busInterface", SPACE)]
    assert found == list(BUSES)
    assert "m_axis_tkeep" in [port.text for port in root.iterfind(".//x:port/x:name", SPACE)]

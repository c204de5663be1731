"""The hand-over: its testbench passes on good hardware, fails on any other, and needs no Python."""

import ast
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from amaranth.back import rtlil
from hypothesis import HealthCheck, Phase, given, seed, settings

import windrow as wr
from installed import needs
from strategies import Case, cases
from windrow_hdl.axi.ports import Face, ports
from windrow_hdl.handover import handover
from windrow_hdl.synthesis.gates import gates
from windrow_sim import ToolMissing
from windrow_sim.engines import tools

needs_icarus = pytest.mark.skipif(not (shutil.which("iverilog") and shutil.which("make")),
                                  reason="no iverilog or no make")

LAYER = wr.Conv2d(height=6, width=7, in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1,
                  bias=True)
DESIGN = wr.Design(LAYER, lanes=1, pe=2, taps=3)
WEIGHTS, BIAS = LAYER.random_weights(1), LAYER.random_bias(1)
INTERFACES = ("stream", "axi", "axi-video")

Folder = Callable[[str], Path]
Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The hand-over with an interface; not to be changed."""
    made: dict[str, Path] = {}

    def folder(interface: str) -> Path:
        if interface not in made:
            made[interface] = tmp_path_factory.mktemp("handover") / interface
            wr.handover(DESIGN, WEIGHTS, BIAS, path=made[interface], interface=interface)
        return made[interface]

    return folder


@pytest.fixture
def copy(original: Folder, tmp_path: Path) -> Folder:
    """One of one's own."""
    return lambda interface: Path(shutil.copytree(original(interface), tmp_path / "copy"))


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """`make` in a folder's sim, where these programs are to be found and no others: no Python, above all."""
    programs = tmp_path_factory.mktemp("bin")
    for name in ("make", "mkdir", "iverilog", "vvp", "sed", "sh"):
        (programs / name).symlink_to(str(shutil.which(name)))

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([programs / "make", "-s", "-C", folder / "sim", *arguments], check=False,
                              env={"PATH": str(programs)}, capture_output=True, text=True, timeout=120)

    return run


def edit(path: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)


@pytest.fixture
def failure(make: Make) -> Callable[..., str]:
    """What the testbench says of bad hardware: the line with FAIL, the only one."""

    def run(folder: Path, *arguments: str) -> str:
        done = make(folder, *arguments)
        assert done.returncode != 0
        assert "PASS" not in done.stdout
        lines = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
        assert len(lines) == 1, done.stdout + done.stderr
        return lines[0]

    return run


# ---- good hardware ----------------------------------------------------------------------------------------


@needs_icarus
@pytest.mark.parametrize("interface", INTERFACES)
def test_it_passes(original: Folder, interface: str, make: Make) -> None:
    done = make(original(interface))
    assert done.returncode == 0, done.stdout + done.stderr
    beats = 3 * DESIGN.windows * DESIGN.filter_groups
    free, light, heavy = done.stdout.splitlines()
    assert free == f"PASS: 3 frames, {beats} output beats, every value and every cycle"
    paused = [re.fullmatch(rf"PASS: 3 frames, {beats} output beats, every value; a stream paused in (\d+) of "
                           r"(\d+) cycles", line) for line in (light, heavy)]
    shares = [int(match[1]) / int(match[2]) for match in paused if match]
    assert 0.3 < shares[0] < 0.6 < shares[1] < 1  # both streams pause, one in 4 and three in 4 cycles


@needs_icarus
def test_random_designs(tmp_path: Path, make: Make) -> None:
    @seed(1)
    @settings(max_examples=5, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=[HealthCheck.too_slow])
    @given(cases(largest=6, stalled=False))
    def check(case: Case) -> None:
        layer = case.design.layer
        for interface in INTERFACES:
            handover(case.design, layer.random_weights(case.seed), layer.random_bias(case.seed),
                     path=tmp_path / "rtl", interface=interface, frames=2)
            done = make(tmp_path / "rtl", "STALLS=0 3")
            assert done.returncode == 0, done.stdout + done.stderr

    check()


@needs_icarus
def test_run_time_hardware_at_power_up(tmp_path: Path, make: Make) -> None:
    design = wr.Design(LAYER, lanes=1, pe=1, taps=3, runtime=wr.Runtime(max_height=8, max_width=9))
    handover(design, WEIGHTS, BIAS, path=tmp_path / "rtl")
    done = make(tmp_path / "rtl", "STALLS=0 4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "setting after power-up" in (tmp_path / "rtl/README.md").read_text()
    with pytest.raises(ValueError, match=r"^interface must be 'axi' to hand over run-time hardware, not "):
        handover(design, WEIGHTS, BIAS, path=tmp_path / "other", interface="stream")
    programmed = design.configured(LAYER.replace(height=7))
    with pytest.raises(ValueError, match=r"^design must be as at power-up to hand over run-time hardware"):
        handover(programmed, WEIGHTS, BIAS, path=tmp_path / "other")


@needs_icarus
@pytest.mark.parametrize("technology", ["ecp5", "ice40"])
def test_cells_of_a_family_come_with_their_models(technology: str, tmp_path: Path, make: Make) -> None:
    design = wr.Design(wr.Conv2d(height=4, width=20, kernel_size=3, padding=1), taps=3)
    layer = design.layer
    handover(design, layer.random_weights(1), path=tmp_path / "rtl", technology=technology, frames=1)
    assert "MAC16" in (tmp_path / "rtl/sim/cells.v").read_text() or technology == "ecp5"
    assert make(tmp_path / "rtl").returncode == 0
    assert not (tmp_path / "rtl/vivado").exists()
    other = {"ecp5": "pcf", "ice40": "lpf"}[technology]
    assert not (tmp_path / f"rtl/constraints/windrow.{other}").exists()


def test_verilator(copy: Folder) -> None:
    try:
        tool = tools.verilator()
        tools.compiler()
    except ToolMissing as missing:
        pytest.skip(str(missing))
    folder = copy("axi")
    flags = "VERILATOR_FLAGS=-CFLAGS -std=c++20 -MAKEFLAGS CFG_CXXFLAGS_PCH_I=-include -O0"
    done = subprocess.run(["make", "-s", "-C", str(folder / "sim"), "verilator", flags,
                           f"VERILATOR={tool.program}"], env=tool.env, check=False, capture_output=True,
                          text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line[:4] for line in done.stdout.splitlines() if "frames" in line] == ["PASS"] * 3
    edit(folder / "sim/expected.hex", r"\A.", "7")
    done = subprocess.run([folder / "sim/build/testbench"], cwd=folder / "sim", check=False,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "FAIL: value" in done.stdout


# ---- bad hardware -----------------------------------------------------------------------------------------


@needs_icarus
@pytest.mark.parametrize("interface", INTERFACES)
def test_one_wrong_weight_fails(copy: Folder, interface: str, failure: Callable[..., str]) -> None:
    folder, wrong = copy(interface), WEIGHTS.copy()
    wrong[3, 2, 2, 1] ^= 1
    wr.verilog(DESIGN, wrong, BIAS, interface=interface, path=folder / "windrow.v")  # pyright: ignore
    assert re.fullmatch(r"FAIL: value [0-9a-f]+ in cycle \d+, expected [0-9a-f]+", failure(folder))


@needs_icarus
def test_one_wrong_cycle_fails_in_free_flow_only(copy: Folder, failure: Callable[..., str],
                                                 make: Make) -> None:
    folder = copy("stream")
    first = DESIGN.latency
    edit(folder / "sim/cycles.hex", r"\A\S+", f"{first + 1:08x}")
    assert failure(folder) == f"FAIL: {first} cycles after the first input beat, expected {first + 1}"
    assert make(folder, "STALLS=1").returncode == 0


@needs_icarus
def test_a_wrong_register_fails(copy: Folder, failure: Callable[..., str]) -> None:
    folder = copy("axi")
    edit(folder / "sim/registers.hex", r"00000010(\S+)", "0000001000000063")
    assert failure(folder) == "FAIL: register 0x00000010 reads 00000006 (response 00), expected 00000063"


@needs_icarus
def test_tlast_elsewhere_fails(copy: Folder, failure: Callable[..., str]) -> None:
    folder = copy("axi")
    edit(folder / "sim/parameters.vh", r"LAST_OUT = \d+", "LAST_OUT = 5")
    assert re.fullmatch(r"FAIL: tlast 0 in cycle \d+", failure(folder))


@needs_icarus
def test_tuser_elsewhere_fails(copy: Folder, failure: Callable[..., str]) -> None:
    folder = copy("axi-video")
    assert f"LAST_OUT = {DESIGN.output_beats // LAYER.output_shape[0]};" in (
        folder / "sim/parameters.vh").read_text()
    edit(folder / "sim/dut.v", r"given % FRAME_OUT == 0", "given % FRAME_OUT == 1")
    assert failure(folder) == "FAIL: tuser of output beat 0 is 1"


@needs_icarus
@pytest.mark.parametrize("name", ["stimulus", "expected", "cycles"])
def test_a_missing_file_fails(copy: Folder, name: str, failure: Callable[..., str]) -> None:
    folder = copy("stream")
    (folder / f"sim/{name}.hex").write_text("0\n")
    assert failure(folder) == "FAIL: stimulus.hex, expected.hex or cycles.hex is missing or too short"


_STUB = """\
module windrow(
    input clk, rst, i__valid, o__ready, input [7:0] i__payload,
    output i__ready, o__valid, output [{top}:0] o__payload
);
    reg [7:0] age = 0;
    always @(posedge clk) age <= rst ? 0 : age + 1;
    assign i__ready = {ready};
    assign o__valid = {valid};
    assign o__payload = 0;
endmodule
"""


@needs_icarus
@pytest.mark.parametrize(("ready", "valid", "stalls", "message"), [
    ("1'b1", "1'b0", 0,
     r"FAIL: nothing has moved for \d+ cycles: 252 of 252 input beats, 0 of 72 output beats"),
    ("1'b0", "1'b0", 0,
     r"FAIL: nothing has moved for \d+ cycles: 0 of 252 input beats, 0 of 72 output beats"),
    ("1'bx", "1'b0", 0, r"FAIL: ready of the input is x, valid of the output 0 in cycle 0"),
    ("1'b1", "age > 9 && age[0]", 7,
     r"FAIL: in cycle \d+ an output beat is gone, or another, before it was taken"),
])  # fmt: skip
def test_bad_streams_fail(copy: Folder, ready: str, valid: str, stalls: int, message: str,
                          failure: Callable[..., str]) -> None:
    folder = copy("stream")
    top = DESIGN.pe * LAYER.accumulator_type.bits - 1
    (folder / "windrow.v").write_text(_STUB.format(top=top, ready=ready, valid=valid))
    assert re.fullmatch(message, failure(folder, f"STALLS={stalls}"))


@needs_icarus
def test_a_beat_too_many_fails(copy: Folder, failure: Callable[..., str]) -> None:
    folder = copy("stream")
    edit(folder / "sim/parameters.vh", r"OUT_BEATS = 72", "OUT_BEATS = 71")
    assert re.fullmatch(r"FAIL: an output beat after all 71, in cycle \d+", failure(folder))


@needs_icarus
def test_stalls_out_of_range(copy: Folder, failure: Callable[..., str]) -> None:
    assert failure(copy("stream"), "STALLS=8") == "FAIL: +stalls must be 0 to 7, not 8"


# ---- other AXI4-Streams ------------------------------------------------------------------------------------


WIDE = wr.Design(LAYER, lanes=1, pe=4, taps=3)  # sums of 20 bits: 10 bytes, of which 16 are a power of two


@pytest.fixture
def keeping(tmp_path: Path) -> Path:
    wr.handover(WIDE, WEIGHTS, BIAS, path=tmp_path / "rtl", tkeep=True, tdata="power-of-two", locations=True)
    return tmp_path / "rtl"


@needs_icarus
def test_tkeep_and_wider_data_pass(keeping: Path, make: Make) -> None:
    done = make(keeping)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASS") == 3
    found = ports(WIDE, Face("axi", "power-of-two", True))
    bits = {port.name: port.bits for port in found}
    assert (bits["m_axis_tdata"], bits["m_axis_tkeep"], bits["s_axis_tkeep"]) == (128, 16, 1)
    readme = (keeping / "README.md").read_text()
    assert "| `m_axis_tkeep` | output | 16 | out: a bit for each byte; all are set |" in readme
    assert ".py:" in (keeping / "windrow.v").read_text()
    for name in ("litex_windrow", "amaranth_windrow"):
        text = (keeping / f"integration/{name}.py").read_text()
        compile(text, name, "exec")
        assert {f"{port.direction[0]}_{port.name}=" in text for port in found} == {True}
    assert "data_width=128, keep_width=16," in (keeping / "integration/litex_windrow.py").read_text()


@needs_icarus
def test_a_tkeep_that_says_less_fails(keeping: Path, failure: Callable[..., str]) -> None:
    edit(keeping / "sim/dut.v", r"m_axis_tkeep\(o_keep\)", "m_axis_tkeep(o_keep[15:1])")
    assert failure(keeping) == "FAIL: m_axis_tkeep is " + "1" * 15 + "z, not all ones"


# ---- its other files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("interface", INTERFACES)
def test_ports_are_those_of_the_verilog(original: Folder, interface: str) -> None:
    text = (original(interface) / "windrow.v").read_text()
    found = {(name, direction, int(high or 0) + 1) for direction, high, name in
             re.findall(r"^    (input|output) (?:reg)? +(?:\[(\d+):0\] )?(\w+),?(?: +//.*)?$",
                        text.partition(");")[0].partition("\nmodule")[2], re.MULTILINE)}
    assert found == {(port.name, port.direction, port.bits) for port in ports(DESIGN, Face(interface))}


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("name", ["litex_windrow", "amaranth_windrow"])
def test_snippets_connect_every_port(original: Folder, interface: str, name: str) -> None:
    text = (original(interface) / f"integration/{name}.py").read_text()
    compile(text, name, "exec")
    instance, = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)
                 and isinstance(node.func, ast.Name) and node.func.id == "Instance")
    connected = {keyword.arg for keyword in instance.keywords}
    assert connected == {f"{port.direction[0]}_{port.name}" for port in ports(DESIGN, Face(interface))}


@pytest.mark.parametrize("interface", INTERFACES)
def test_amaranth_takes_its_snippet(original: Folder, interface: str) -> None:
    names: dict[str, Any] = {"__name__": "amaranth_windrow"}
    exec((original(interface) / "integration/amaranth_windrow.py").read_text(), names)
    text = rtlil.convert(names["Windrow"](), emit_src=False)
    assert r"cell \windrow \windrow" in text
    found = set(re.findall(r"wire width (\d+) (input|output) \d+ +\\(\w+)$", text, re.MULTILINE))
    expected = {(str(port.bits), port.direction, port.name) for port in ports(DESIGN, Face(interface))[2:]}
    assert expected <= found


def test_fusesoc_core(original: Folder) -> None:
    for interface in INTERFACES:
        folder = original(interface)
        text = (folder / "windrow.core").read_text()
        head, body = text.split("\n", 1)
        assert head == "CAPI=2:"
        core = yaml.safe_load(body)
        listed = [next(iter(file)) if isinstance(file, dict) else file
                  for fileset in core["filesets"].values() for file in fileset["files"]]
        assert all((folder / name).is_file() for name in listed)
        simulated = {f"sim/{path.name}" for path in (folder / "sim").iterdir() if path.is_file()}
        assert simulated - {"sim/Makefile"} <= set(listed)
        for target in core["targets"].values():
            assert set(target["filesets"]) <= set(core["filesets"])
            assert set(target.get("parameters", [])) <= set(core["parameters"])


_EVERY_COMMAND = """\
proc unknown {args} { return stub }
set argv {}
foreach script {SCRIPTS} { source $script }
puts done
"""


@pytest.mark.skipif(not shutil.which("tclsh"), reason="no tclsh")
@pytest.mark.parametrize("interface", INTERFACES)
def test_tcl_runs_where_every_command_of_vivado_does_nothing(copy: Folder, interface: str) -> None:
    folder = copy(interface)
    scripts = " ".join(str(folder / f"vivado/{name}.tcl") for name in ("synth", "package"))
    done = subprocess.run(["tclsh"], input=_EVERY_COMMAND.replace("SCRIPTS", scripts), check=False,
                          capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("done\n", "")
    assert (folder / "vivado/build").is_dir()


def test_constraints_ask_for_the_clock(tmp_path: Path) -> None:
    handover(DESIGN, WEIGHTS, BIAS, path=tmp_path / "rtl", clock_mhz=80, frames=1)
    texts = {path.suffix: path.read_text() for path in (tmp_path / "rtl/constraints").iterdir()}
    assert "create_clock -name aclk -period 12.500 [get_ports aclk]" in texts[".xdc"]
    assert 'FREQUENCY PORT "aclk" 80 MHZ;' in texts[".lpf"]
    assert "set_frequency aclk 80" in texts[".pcf"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_readme(original: Folder, interface: str) -> None:
    folder = original(interface)
    text = (folder / "README.md").read_text()
    assert str(LAYER) in text
    assert f"| {DESIGN.interval:,} |" in text
    assert all(f"| `{port.name}` | {port.direction} | {port.bits} |" in text
               for port in ports(DESIGN, Face(interface)))
    assert ("LAST_INTERVAL" in text) == (interface != "stream")
    named = re.findall(r"^\| `([\w./]+)` \| (?!input|output)", text, re.MULTILINE)
    assert named
    assert all((folder / name).exists() for name in named)
    for path in folder.iterdir():
        assert path.name == "README.md" or f"`{path.name}{'/' if path.is_dir() else ''}`" in text


def test_same_files_every_time(original: Folder, tmp_path: Path) -> None:
    again = tmp_path / "again"
    handover(DESIGN, WEIGHTS, BIAS, path=again)
    names = {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    built = {path.relative_to(original("axi")) for path in original("axi").rglob("*") if path.is_file()}
    assert names == {name for name in built if "build" not in name.parts}
    assert all((again / name).read_bytes() == (original("axi") / name).read_bytes() for name in names)


# ---- what it is given -------------------------------------------------------------------------------------


def test_own_frames(tmp_path: Path) -> None:
    x = np.zeros((1, *LAYER.input_shape), np.int64)
    handover(DESIGN, WEIGHTS, BIAS, path=tmp_path / "rtl", x=x)
    lines = (tmp_path / "rtl/sim/stimulus.hex").read_text().splitlines()
    assert lines == ["00"] * DESIGN.input_beats
    assert "streams 1 frames" not in (tmp_path / "rtl/README.md").read_text()


@pytest.mark.parametrize(("arguments", "error", "message"), [
    ({"interface": "spi"}, ValueError, r"^interface must be 'stream', 'axi' or 'axi-video', not 'spi'$"),
    ({"technology": "asic"}, ValueError, r"^technology must be one of generic, ecp5, ice40, not 'asic'$"),
    ({"frames": 0}, ValueError, r"^frames must be at least 1, not 0$"),
    ({"clock_mhz": 0}, ValueError, r"^clock_mhz must be above 0 and at most 10,000, not 0$"),
    ({"clock_mhz": 1e9}, ValueError, r"^clock_mhz must be above 0 and at most 10,000, not 1000000000\.0$"),
    ({"clock_mhz": "fast"}, TypeError, r"^clock_mhz must be a number, not 'fast'$"),
    ({"x": np.full((6, 7, 2), 256)}, ValueError, r"^x\[0, 0, 0\] is 256, outside uint8 "),
    ({"bias": None}, ValueError, r"^bias must have shape"),
])  # fmt: skip
def test_mistakes_leave_nothing(arguments: dict[str, Any], error: type[Exception], message: str,
                                tmp_path: Path) -> None:
    with pytest.raises(error, match=message):
        handover(DESIGN, WEIGHTS, **{"bias": BIAS, "path": tmp_path / "rtl", **arguments})
    assert not list(tmp_path.iterdir())


# ---- after synthesis --------------------------------------------------------------------------------------


@needs_icarus
def test_the_testbench_passes_on_gates(copy: Folder, make: Make) -> None:
    needs("pyosys", "fpga")
    folder = copy("axi")
    made = gates(DESIGN, WEIGHTS, BIAS, target="ecp5", interface="axi")
    (folder / "sim/netlist.v").write_text(made.verilog)
    (folder / "sim/models.v").write_text(made.models)
    done = make(folder, "HARDWARE=netlist.v models.v", "STALLS=0 4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASS") == 2

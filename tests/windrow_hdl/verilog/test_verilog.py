"""Verilog: the same text every time, clean under lint, and readable by the tools that users have."""

import re
from functools import partial
from pathlib import Path

import pytest
from amaranth.lib.wiring import Component, Out

import windrow
from lint import lint
from windrow import Conv2d, Design, MaxPool2d, Runtime, UInt
from windrow_hdl.axi.ports import Face, ports
from windrow_hdl.verilog import writer
from windrow_hdl.verilog.components import described
from windrow_hdl.verilog.writer import to_rtlil

# The core itself; tests/windrow_hdl/axi/test_axi.py is about the other interface.
to_verilog = partial(writer.to_verilog, interface="stream")
write_verilog = partial(writer.write_verilog, interface="stream")

LAYER = Conv2d(height=7, width=6, in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1,
               bias=True)
RUNTIME = Runtime(max_height=12, max_width=9, max_stride=3)
DESIGNS = [Design(LAYER, lanes=2, pe=4, taps=9), Design(LAYER, lanes=1, pe=2, taps=3),
           Design(LAYER, lanes=2, pe=4, taps=9, runtime=RUNTIME),
           Design(LAYER, lanes=1, pe=2, taps=2, runtime=RUNTIME)]
DESIGN = DESIGNS[1]
WEIGHTS, BIAS = LAYER.random_weights(1), LAYER.random_bias(1)


@pytest.fixture(scope="module")
def text() -> str:
    return to_verilog(DESIGN, WEIGHTS, BIAS)


def test_same_text_every_time(text: str) -> None:
    assert to_verilog(DESIGN, WEIGHTS, BIAS) == text


def test_text_tells_nothing_about_this_machine(text: str) -> None:
    for word in ("Yosys", "git sha1", str(Path.home()), ".py", "(* src"):
        assert word not in text


def test_header(text: str) -> None:
    header = text.partition("\n\n// Stage")[0]
    bits = LAYER.accumulator_type.bits
    assert all(line.startswith("//") for line in header.splitlines() if line)
    for words in (f"windrow: {LAYER}", f"Windrow {windrow.__version__}", str(DESIGN), "[7:0]",
                  f"every {DESIGN.interval} cycles", f"{DESIGN.latency} cycles from",
                  f"[{2 * bits - 1}:0]", f"o__payload[{bits}*c +: {bits}]"):
        assert words in header


@pytest.mark.parametrize("interface", ["stream", "axi"])
def test_programmable_pool_has_no_port_for_weights(interface: str) -> None:
    pool = MaxPool2d(height=7, width=6, kernel_size=3)
    found = writer.to_verilog(Design(pool, taps=3, runtime=RUNTIME), interface=interface)
    assert "settings__payload" in found
    assert "Weights" not in found.partition("\n\n// Stage")[0]
    assert "weights__payload" not in found


def test_header_of_run_time_hardware() -> None:
    found = to_verilog(DESIGNS[3], WEIGHTS, BIAS)
    header = found.partition("\n\n// Stage")[0]
    assert all(line.startswith("//") for line in header.splitlines() if line)
    for words in (f"windrow: {LAYER}", "settings__payload[3:0]   height, 1..12",
                  "settings__payload[19:18] pad_right, 0..2", "one weight or bias of 21 bits"):
        assert words in header
    ports = {port for _, _, port in top_ports(found)}
    assert {"settings__valid", "settings__ready", "weights__payload", "accepted", "refused"} < ports
    assert to_verilog(DESIGNS[3].configured(LAYER.replace(height=9)), WEIGHTS, BIAS) == found  # one hardware


def top_ports(text: str) -> list[tuple[str, str, str]]:
    """Direction, range and name of the ports of the first module."""
    head = text[text.index("\nmodule") : text.index("\n);")]
    return re.findall(r"^    (input|output) (?:reg)? *(\[\S+\] )?(\w+),?(?: +//.*)?$", head, re.MULTILINE)


def test_ports(text: str) -> None:
    ports = set(top_ports(text))
    top = 2 * LAYER.accumulator_type.bits - 1
    assert ports == {
        ("input", "", "clk"), ("input", "", "rst"),
        ("input", "", "i__valid"), ("output", "", "i__ready"), ("input", "[7:0] ", "i__payload"),
        ("output", "", "o__valid"), ("input", "", "o__ready"), ("output", f"[{top}:0] ", "o__payload"),
    }


def modules(text: str) -> list[str]:
    return re.findall(r"^module (\S+)", text, re.MULTILINE)


def test_a_module_for_each_block(text: str) -> None:
    names = modules(text)
    assert names[0] == "windrow"
    blocks = {"line_buffer", "reader", "mac_array", "output_queue"}
    assert {f"windrow_{block}" for block in blocks} < set(names)
    assert len(names) == len(set(names))
    for block in blocks:  # with an instance of the block's own name
        assert f"  windrow_{block} {block} (" in text


def test_all_modules_begin_with_the_chosen_name() -> None:
    text = to_verilog(DESIGN, WEIGHTS, BIAS, name="edge_filter")
    assert modules(text)[0] == "edge_filter"
    assert all(name.startswith("edge_filter_") for name in modules(text)[1:])
    assert text.startswith("// edge_filter: ")
    assert not re.search(r"\bwindrow_", text)


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_names_are_those_of_people(design: Design) -> None:
    """No escaped names, no dots, no numbers without a word; ports of a block are those of its component."""
    text = to_verilog(design, WEIGHTS, BIAS)
    code = re.sub(r"//.*|/\*.*?\*/", "", text)
    assert "\\" not in code
    assert not re.search(r"\b_\d+_\b|\bport_\d|\bn\d+\b", code)
    assert not re.search(r"[A-Za-z_]\.[A-Za-z_]", code)
    module = re.search(r"module windrow_line_buffer \((.*?)\n\);", text, re.DOTALL)
    assert module
    arrival = "arrived" if design.runtime is None else "arriving"
    assert {"clk", "rst", "i__payload", "i__valid", "i__ready", arrival, "freed"} <= set(
        re.findall(r"(\w+),?(?: +//.*)?$", module[1], re.MULTILINE))


def test_comments_are_the_components_own(text: str) -> None:
    assert "// LineBuffer: Ring of `design.ring_rows` rows, read by a reader that walks `walk`\n" in text
    assert re.search(r" arrived,? +// a beat was stored", text)


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_ports_of_blocks_say_what_they_are(design: Design) -> None:
    """Also those that many blocks have in common, and what has another name in Verilog: `begin_`."""
    said: dict[str, set[str]] = {}
    heads = re.findall(r"^// (\w+): [^\n]*\nmodule \w+ \((.*?)\n\);", to_verilog(design, WEIGHTS, BIAS),
                       re.DOTALL | re.MULTILINE)
    for kind, head in heads:
        for name, comment in re.findall(r"(\w+),?(?: +// (.*))?$", head, re.MULTILINE):
            said.setdefault(f"{kind}.{re.sub('[0-9]+', 'N', name)}", set()).add(comment)
    silent = {port for port, comments in said.items() if "" in comments}
    reader = {kind for kind, _ in heads if kind.endswith("Reader")}.pop()
    assert not silent
    assert {f"{reader}.step", f"{reader}.begin_", "Multiplier.product", "AdderTree.total"} <= said.keys()
    assert said["Credits.clk"] == {"clock, rising edge"}


@pytest.mark.parametrize("interface", ["stream", "axi", "axi-video"])
def test_every_port_of_the_top_says_what_it_is(interface: str) -> None:
    """With the words that the hand-over has for it, whole."""
    text = to_verilog(DESIGN, WEIGHTS, BIAS, interface=interface)
    (head,) = re.findall(r"^module windrow \((.*?)\n\);", text, re.DOTALL | re.MULTILINE)
    found = dict(re.findall(r"^ +(?:input|output) .*?(\w+),? *(?:// (.*))?$", head, re.MULTILINE))
    assert found == {port.name: port.meaning for port in ports(DESIGN, Face(interface))}


def test_a_long_comment_ends_with_a_clause() -> None:
    class Long(Component):
        """A block.

        o: results in raster order, some filters a beat, filter 0 in the low bits, each as wide as
        `layer.output_type.bits` says
        """

        def __init__(self) -> None:
            super().__init__({"o": Out(4)})

    assert described(Long()).ports == {"o": "results in raster order, some filters a beat"}


def test_locations_on_request(text: str) -> None:
    located = to_verilog(DESIGN, WEIGHTS, BIAS, locations=True)
    found = re.findall(r"^  // (\S+\.py:\d+)$", located, re.MULTILINE)
    assert any(place.startswith("windrow_hdl/window/line_buffer.py:") for place in found)
    assert re.sub(r"^  // \S+\.py:\d+\n", "", located, flags=re.MULTILINE) == text
    with pytest.raises(TypeError, match=r"^locations must be True or False, not 1$"):
        to_verilog(DESIGN, WEIGHTS, BIAS, locations=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["module", "reg", "logic"])
def test_name_must_be_no_word_of_verilog(name: str) -> None:
    with pytest.raises(ValueError, match=f"^name must be a Verilog identifier, not {name!r}$"):
        to_verilog(DESIGN, WEIGHTS, BIAS, name=name)


@pytest.mark.parametrize("name", ["", "3x3", "my filter", "a;b"])
def test_name_must_be_an_identifier(name: str) -> None:
    with pytest.raises(ValueError, match=f"^name must be a Verilog identifier, not {name!r}$"):
        to_verilog(DESIGN, WEIGHTS, BIAS, name=name)


def test_unknown_interface() -> None:
    said = r"^interface must be 'stream', 'axi' or 'axi-video', not 'wishbone'$"
    with pytest.raises(ValueError, match=said):
        to_verilog(DESIGN, WEIGHTS, BIAS, interface="wishbone")


def test_weights_are_checked() -> None:
    with pytest.raises(ValueError, match="^weights must have shape"):
        to_verilog(DESIGN, WEIGHTS[1:], BIAS)
    with pytest.raises(ValueError, match="^bias must have shape"):
        to_verilog(DESIGN, WEIGHTS)


def test_weights_and_bias_are_in_the_hardware() -> None:
    other_weights, other_bias = WEIGHTS.copy(), BIAS.copy()
    other_weights[3, 2, 2, 1] ^= 1
    other_bias[3] ^= 1
    pairs = [(WEIGHTS, BIAS), (other_weights, BIAS), (WEIGHTS, other_bias)]
    assert len({to_rtlil(DESIGN, *pair) for pair in pairs}) == 3


def test_write_is_whole_or_nothing(text: str, tmp_path: Path) -> None:
    path = tmp_path / "windrow.v"
    write_verilog(DESIGN, WEIGHTS, BIAS, path=path)
    assert path.read_text() == text
    with pytest.raises(ValueError, match="^weights must"):
        write_verilog(DESIGN, WEIGHTS[1:], BIAS, path=path)
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


SMALL = Conv2d(height=5, width=2, in_channels=2, out_channels=2, kernel_size=2, stride=(1, 2),
               padding=((0, 1), (1, 0)))  # fmt: skip
SMALL_DESIGNS = [
    Design(Conv2d(height=1, width=7, kernel_size=(1, 3), stride=(1, 5), padding=((0, 0), (1, 1))), taps=1),
    # Its windows lie above the image: no pixel is ever stored.
    Design(Conv2d(height=1, width=8, in_channels=4, out_channels=4, kernel_size=(1, 4), stride=(2, 3),
                  padding=((3, 0), (2, 0)), input_type=UInt(2), weight_type=UInt(2)), pe=4, taps=1),
    Design(SMALL, lanes=2, pe=1, taps=2, runtime=Runtime(max_height=5, max_width=2, max_stride=5)),
]


@pytest.mark.parametrize("design", [*DESIGNS, *SMALL_DESIGNS], ids=str)
def test_lint(design: Design, tmp_path: Path) -> None:
    layer = design.layer
    bias = layer.random_bias(1) if layer.bias else None
    lint(to_verilog(design, layer.random_weights(1), bias), tmp_path)


def test_waivers_are_narrow_and_say_why(text: str) -> None:
    """Each is around a declaration or an assignment, and put back after it."""
    lines = text.splitlines()
    off = [(at, match) for at, line in enumerate(lines)
           if (match := re.fullmatch(r" */\* verilator lint_off (\w+) \*/  // (.+)", line))]
    assert off
    for at, match in off:
        assert match[1] in ("DECLFILENAME", "UNUSEDSIGNAL", "WIDTHEXPAND")
        assert lines[at + 2].strip() == f"/* verilator lint_on {match[1]} */"


def test_long_runs_of_equal_memory_words_become_loops(text: str) -> None:
    loop = re.search(r"begin : contents_1\n +integer index;\n +for \(index = 0; index <= \d+; "
                     r"index = index \+ 1\)\n +memory\[index\] = \d+'h0+;\n +end", text)
    assert loop


def test_a_simulators_text_has_one_block_for_the_clock_and_no_resets() -> None:
    """Registers have at power-up what `rst` gives them, so simulators need not ask for it in every cycle."""
    rtlil = to_rtlil(DESIGN, WEIGHTS, BIAS)
    people, text = writer.from_rtlil(rtlil), writer.from_rtlil(rtlil, files={})
    blocks = [[module.count("always @") for module in each.split("endmodule")] for each in (people, text)]
    assert [min(count, 1) for count in blocks[0]] == blocks[1]
    assert max(blocks[0]) > 5
    assert top_ports(f"\n{text}") == top_ports(f"\n{people}")
    assert people.count("if (rst)") > 20
    assert re.findall(r"\brst\b.*", re.sub(r" +//.*", "", text)) == ["rst,"]  # the port

"""Models on the command line: the table, the promised JSON object, and mistakes in one line."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windrow as wr
from installed import needs
from tool_marks import needs_compiler
from windrow.planning.pipelines import pipeline_front
from windrow.workloads.drawings import drawings
from windrow_cli import main
from windrow_cli.pipelines import read_frames

needs("tflite", "models")
needs("matplotlib", "explore")

KEYS = ["network", "interval", "latency", "multipliers", "requantisers", "utilisation", "idle_inputs",
        "buffer_bits", "weight_bits", "fifos", "layers", "area", "dead_channels"]  # fmt: skip


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    stdout, stderr = capsys.readouterr()
    assert stderr == ""
    return json.loads(stdout)


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments]) == 2
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert stderr.startswith("windrow: error: ")
    assert stderr.count("\n") == 1
    return stderr.removeprefix("windrow: error: ").strip()


def test_plan_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    record = as_json(capsys, "plan", "digits", "--multipliers", "16")
    assert list(record) == KEYS
    pipeline = wr.plan(wr.workloads.model("digits"), multipliers=16)
    assert record == json.loads(json.dumps({**pipeline.to_dict(), "dead_channels": 0, "area": None}))
    assert record["network"] == {"name": "digits", "macs": 60_544, "input_shape": [16, 16, 1],
                                 "output_shape": [10]}
    assert record["interval"] == pipeline.timing(4).interval == 4608
    assert record["latency"] == pipeline.timing(1).latency
    assert record["multipliers"] == sum(each["multipliers"] for each in record["layers"]) == 14
    assert sum(each["macs"] for each in record["layers"]) == record["network"]["macs"]
    assert [(each["source"], each["target"]) for each in record["fifos"]] == [
        (fifo.source, fifo.target) for fifo in pipeline.fifos]  # fmt: skip
    first = record["layers"][0]
    assert {name: first[name] for name in ("name", "operator", "lanes", "pe", "taps", "multipliers",
                                           "interval", "utilisation")} == {
        "name": "convolution_0", "operator": "conv2d", "lanes": 1, "pe": 1, "taps": 1, "multipliers": 1,
        "interval": 4608, "utilisation": 1.0}  # fmt: skip
    assert record["layers"][2]["utilisation"] is None


def test_a_budget_of_a_device(capsys: pytest.CaptureFixture[str]) -> None:
    record = as_json(capsys, "plan", "digits", "--budget", "12dsp,9klut")
    pipeline = wr.plan(wr.workloads.model("digits"), budget=wr.Budget(12, 9000))
    assert record["area"] == pipeline.area.to_dict()
    assert record["interval"] == pipeline.interval < 4608
    layers = record["layers"]
    assert sum(each["dsp_multipliers"] for each in layers) < sum(each["multipliers"] for each in layers)
    assert sum(each["dsp_multipliers"] + each["dsp_requantisers"] for each in layers) <= 12
    assert main(["plan", "digits", "--budget", "12dsp"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(r"On ECP5 about [\d,]+ look-up tables, \d+ block RAMs and 12 DSP blocks; "
                     r"\d+ multipliers are logic\.", said)
    assert complaint(capsys, "simulate", "digits", "--budget", "12lut").startswith(
        "budget must be 12F, 25F, 45F, 85F of ECP5, or parts such as 156dsp,40klut,208bram with dsp at least")


def test_an_interval_and_a_rate(capsys: pytest.CaptureFixture[str]) -> None:
    slow = as_json(capsys, "plan", "digits", "--interval", "5000")
    assert as_json(capsys, "plan", "digits", "--fps", "10000", "--clock", "50MHz") == slow
    assert slow["interval"] <= 5000


def test_plan_as_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["plan", "digits", "--multipliers", "20", "--fps", "100"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "digits: 16x16x1 -> 10, 60,544 MACs" in out
    assert "of 20 multipliers" in out
    rows = [line.split()[0] for line in out.splitlines() if line.startswith(("conv", "add", "max", "full"))]
    assert rows == ["convolution_0", "convolution_1", "add_2", "convolution_3", "max_pool_4",
                    "fully_connected_6"]  # fmt: skip


@needs_compiler
def test_simulate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A picture of a seven, and what the hardware reads."""
    x, shows = drawings(3, 11)
    np.save(tmp_path / "digits.npy", x.astype(np.int64) - 128)
    arguments = ["simulate", "digits", str(tmp_path / "digits.npy"), "--multipliers", "16"]
    record = as_json(capsys, *arguments, "--out", str(tmp_path))
    assert record["network"]["name"] == "digits"
    assert (record["frames"], record["interval"], record["match"]) == (3, 4608, True)
    output = np.load(tmp_path / "output.npy")
    assert output.reshape(3, 10).argmax(axis=1).tolist() == shows.tolist()
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert f"{', '.join(map(str, shows))}" in out
    assert "every value and every cycle as predicted" in out


def test_verilog(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                 ) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["verilog", "digits", "--multipliers", "16"]
    record = as_json(capsys, *asked, "--name", "eye")
    assert list(record) == [*KEYS[:-2], "interface", "path", "files"]
    assert record["files"] == [record["path"]] == ["eye.v"]
    text = (tmp_path / "eye.v").read_text()
    pipeline = wr.plan(wr.workloads.model("digits"), multipliers=16)
    assert text == wr.verilog(pipeline, interface="stream", name="eye")
    assert re.search(r"^module eye\b", text, re.MULTILINE)
    assert complaint(capsys, *asked, "--frames", "2") == "--frames must be left out without --out, not be 2"
    assert complaint(capsys, *asked, "--out", str(tmp_path)) == (
        f"{tmp_path} must be a folder of its own, not the current one")


def test_handover(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "rtl"
    assert main(["verilog", "digits", "--multipliers", "16", "--interface", "axi", "--out", str(folder),
                 "--frames", "1"]) == 0  # fmt: skip
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"check it: make -C {folder / 'sim'}"
    assert "4,608 cycles a frame" in out
    written = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert written > {"README.md", "windrow.v", "windrow.core", "sim/expected.hex", "sim/cycles.hex",
                      "software/windrow_registers.h", "constraints/windrow.xdc"}  # fmt: skip
    assert "weights of the model" in (folder / "README.md").read_text()
    pipeline = wr.plan(wr.workloads.model("digits"), multipliers=16)
    assert (folder / "windrow.v").read_text() == wr.verilog(pipeline, interface="axi")
    expected = [int(value) & 255 for value in pipeline.golden(pipeline.random_input(0, 1)).ravel()]
    assert [int(line, 16) for line in (folder / "sim/expected.hex").read_text().split()] == expected


def test_synth(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The synthesis itself is tested elsewhere; here what is asked of it and what is said of its answer."""
    asked: dict[str, Any] = {}

    def synthesize(pipeline: wr.Pipeline, **options: Any) -> wr.Synthesis:
        asked.update(options, multipliers=pipeline.multipliers)
        return wr.Synthesis(pipeline, "ecp5", "85k", "ecp5", 2000, 3000, 13, 26, 100.0, (1, 2, 3),
                            {"LUT4": 2000}, "those of the network")  # fmt: skip

    monkeypatch.setattr(wr, "synthesize", synthesize, raising=False)
    assert main(["synth", "digits", "--multipliers", "16", "--device", "85k"]) == 0
    out = capsys.readouterr().out
    assert "21,701.4 at that clock" in out
    assert asked["device"] == "85k"
    assert (asked["target"], asked["technology"], asked["dsp"], asked["place"]) == ("ecp5", None, True, True)
    assert asked["multipliers"] == 14
    record = as_json(capsys, "synth", "digits", "--multipliers", "16", "--no-dsp")
    assert record["lut"] == 2000
    assert asked["dsp"] is False


def test_pictures_for_a_model(tmp_path: Path) -> None:
    x, _ = drawings(1, 1)
    image = pytest.importorskip("PIL.Image")
    image.fromarray(x[0, :, :, 0]).save(tmp_path / "digit.png")
    network = wr.workloads.model("digits")
    np.testing.assert_array_equal(read_frames(tmp_path / "digit.png", network), x[0].astype(np.int64) - 128)
    image.new("L", (15, 16)).save(tmp_path / "narrow.png")
    with pytest.raises(ValueError, match=r"narrow.png is 16x15 \(height x width\), the layer takes 16x16"):
        read_frames(tmp_path / "narrow.png", network)
    np.save(tmp_path / "large.npy", np.full((16, 16, 1), 200))
    with pytest.raises(ValueError, match=r"^x\[0, 0, 0, 0\] is 200, outside int8 "):
        read_frames(tmp_path / "large.npy", network)


def test_explore(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    record = as_json(capsys, "explore", "digits", "--budget", "16dsp", "--out", str(tmp_path))
    assert list(record) == ["network", "macs", "clock_mhz", "front", "plan", "files"]
    front = [(each["interval"], each["multipliers"]) for each in record["front"]]
    assert front == sorted(front, reverse=True)
    assert (record["plan"]["interval"], record["plan"]["multipliers"]) == (4608, 14)
    names = ["digits.json", "digits-front.svg", "digits-plan.svg"]
    assert record["files"] == [str(tmp_path / name) for name in names]
    assert json.loads((tmp_path / "digits.json").read_text()) == {**record, "files": names}
    assert main(["explore", "digits", "--clock", "200MHz", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"{front[0][1]:,}" in out
    assert f"{200e6 / front[0][0]:,.1f}" in out
    assert "Files in " in out


def test_explore_takes_what_plan_takes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    options = ["--interval", "5000", "--idle-ends", "--keep-dead-channels"]
    record = as_json(capsys, "explore", "digits", *options, "--out", str(tmp_path))
    plan = as_json(capsys, "plan", "digits", *options)
    del plan["dead_channels"]
    assert record["plan"] == plan
    front = [(each["interval"], each["multipliers"]) for each in record["front"]]
    assert front == pipeline_front(wr.workloads.model("digits"), idle_ends=True)
    assert min(front) < min(pipeline_front(wr.workloads.model("digits"), idle_ends=False))


@pytest.mark.parametrize("budget", ["16dsp", "12dsp,9klut"])
def test_a_budget_means_the_same_to_plan_and_explore(
    budget: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """All multipliers count, those that scale results too."""
    plan = as_json(capsys, "plan", "digits", "--budget", budget)
    record = as_json(capsys, "explore", "digits", "--budget", budget, "--out", str(tmp_path))
    assert record["plan"] == {name: plan[name] for name in record["plan"]}
    assert record["plan"]["area"]["dsps"] <= int(budget.split("dsp")[0])
    assert sum(each["dsp_multipliers"] + each["dsp_requantisers"] for each in record["plan"]["layers"]) <= (
        record["plan"]["area"]["dsps"])  # fmt: skip


def test_explore_mistakes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "new")]
    assert complaint(capsys, "explore", "digits", "--verify", "all", "--height", "9", *out) == (
        "digits is a whole network: leave out --height, --verify")  # fmt: skip
    assert complaint(capsys, "explore", "digits", "--budget", "4Mb", *out) == complaint(
        capsys, "plan", "digits", "--budget", "4Mb")  # fmt: skip
    assert complaint(capsys, "explore", "digits", "--budget", "3dsp", *out).startswith(
        "budget must have at least 4 DSP blocks, one for each multiplier of weights")  # fmt: skip
    assert complaint(capsys, "explore", "digits", "--clock", "1MHz,2MHz", *out) == (
        "--clock must be one clock for a whole network, not 2")  # fmt: skip
    assert complaint(capsys, "explore", "digits", "--fps", "1e9", *out).startswith("fps must be at most ")
    assert not (tmp_path / "new").exists()


def test_several_pixels_a_beat(capsys: pytest.CaptureFixture[str]) -> None:
    record = as_json(capsys, "plan", "digits", "--pixels", "4")
    assert (record["pixels"], record["interval"]) == (4, 16 * 4)
    assert [each.get("pixels", 1) for each in record["layers"]] == [4, 2, 2, 2, 1, 1]


@pytest.mark.parametrize(("arguments", "message"), [
    (["plan", "digits"],
     "say what to plan digits for: --multipliers N, --interval CYCLES, --fps RATE or --budget 85F"),
    (["plan", "digit", "--interval", "9"],
     "digit must be a model, MODEL.tflite|MODEL.onnx|digits; a layer is given by --layer FILE.toml"),
    (["plan", "none.tflite", "--interval", "9"], "none.tflite: No such file or directory"),
    (["plan", "digits", "--interval", "9", "--height", "3", "--lanes", "1", "--pace", "pixel"],
     "digits is a whole network: leave out --height, --lanes, --pace"),
    (["plan", "digits", "--pixels", "17"], "pixels must be in 1..16, not 17"),
    (["plan", "digits", "--interval", "99"],
     "interval must be at least 256, not 99: step 'convolution_0' takes 256 cycles in its fastest design"),
    (["plan", "digits", "--multipliers", "2"],
     "multipliers must be at least 4 at any frame rate, not 2: step 'convolution_0' takes 1 of them"),
    (["plan", "digits", "--multipliers", "8", "--clock", "fast"],
     "--clock must be a frequency such as 100MHz, not 'fast'"),
    (["plan", "--height", "9", "--width", "9", "--kernel-size", "3", "--idle-ends"],
     "--budget, --idle-ends and --keep-dead-channels must be left out without a model"),
    (["simulate", "--height", "9", "--width", "9", "--kernel-size", "3", "--multipliers", "9", "--idle-ends"],
     "--multipliers, --idle-ends must be left out without a model (.tflite or .onnx)"),
    (["simulate", "digits", "--multipliers", "9", "--pe", "2", "--quantise", "--stride", "2"],
     "digits is a whole network: leave out --stride, --quantise, --pe"),
    (["verilog", "digits", "--multipliers", "9", "--pe", "2", "--quantise"],
     "digits is a whole network: leave out --pe, --quantise"),
    (["synth", "digit", "--multipliers", "9"],
     "digit must be a model, MODEL.tflite|MODEL.onnx|digits; a layer is given by --layer FILE.toml"),
    (["explore", "--interval", "9", "--idle-ends"],
     "--interval, --idle-ends must be left out without a model (.tflite or .onnx)"),
    (["simulate", "a.png", "b.png"],
     "b.png must be left out: only a model takes a second file, and a.png is none"),
    (["simulate", "digits", "none.npy", "--multipliers", "9"],
     "none.npy cannot be read: No such file or directory"),
    (["plan", "--height", "9", "--width", "9", "--kernel-size", "3", "--fps", "9", "--interval", "9"],
     "--fps is an interval: leave out --interval and --pace"),
])  # fmt: skip
def test_mistakes(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert complaint(capsys, *arguments) == message


def test_a_damaged_model(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"nothing of the kind")
    assert complaint(capsys, "plan", str(path), "--interval", "9").startswith(f"{path}: ")


def test_a_rate_for_a_layer(capsys: pytest.CaptureFixture[str]) -> None:
    layer = ["plan", "--height", "8", "--width", "8", "--kernel-size", "3", "--padding", "1"]
    want = as_json(capsys, *layer, "--interval", "500")
    assert as_json(capsys, *layer, "--fps", "200000") == want

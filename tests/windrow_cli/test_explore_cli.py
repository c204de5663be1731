"""`windrow explore`: what it prints and writes, how it fails, and what kill -9 leaves behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from windrow_cli import main
from windrow_explore.jobs.store import Store

SMALL = ["--height", "9", "--width", "8", "--kernel-size", "3", "--padding", "1"]
# Designs enough to be killed among them, each simulated for a moment.
MANY = ["--height", "6", "--width", "6", "--kernel-size", "2", "--out-channels", "4", "--stride", "1,2",
        "--verify", "all", "--engine", "amaranth", "--json"]  # fmt: skip
DESIGNS = 2 * 3 * 3


@pytest.fixture(autouse=True)
def _aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def start(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "windrow", "explore", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True)  # fmt: skip


def simulated(path: str) -> int:
    if not Path(path).exists() or Path(path).stat().st_size < 4096:
        return 0
    with Store(path) as store:
        return store.count("simulate")


def wait_for(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("20 designs of 4 layers in ")
    assert ("takes a frame in 307,200 cycles, one pixel a cycle: stride 1 with 9 multipliers (100% busy), "
            "stride 2 with 3 multipliers") in " ".join(out.split())  # fmt: skip
    assert out.endswith("The report is explore-out/report.html\nResults are kept in "
                        "explore-out/results.sqlite\n")  # fmt: skip
    rows = [line.split() for line in out.splitlines() if line.lstrip().startswith("demo ") and "," in line]
    assert ["demo", "2", "1", "1", "3", "3", "307,200", "75%", "12,288", "325.5"] in rows


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", *SMALL, "--json", "--out", "here", "--store", "there.sqlite"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record) == {"designs", "pareto", "store", "report", "answers"}
    assert record["designs"] == 20
    assert record["store"] == "there.sqlite"
    assert record["report"] == "here/report.html"
    assert "windrow explore" in Path("here/report.html").read_text(encoding="utf-8")
    assert Path("there.sqlite").exists()
    assert {row["stride_h"] for row in record["pareto"]} == {1, 2, 3, 4}
    assert [each["question"] for each in record["answers"]] == ["cheapest", "halving", "roofline"]


def test_export(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["a.csv", "a.parquet", "a.json"]
    exports = [word for name in names for word in ("--export", name)]
    assert main(["explore", *SMALL, *exports, "--json"]) == 0
    assert all(Path(name).stat().st_size for name in names)
    assert len(Path("a.csv").read_text().splitlines()) == 21
    assert json.loads(Path("a.json").read_text())["meta"]["axes"]["stride"] == [1, 2, 3, 4]


def test_sweep_file_and_flags(capsys: pytest.CaptureFixture[str]) -> None:
    Path("sweep.toml").write_text('objectives = ["multipliers", "interval"]\n[layer]\nheight = 9\nwidth = 9\n'
                                  "kernel_size = 3\n[axes]\nstride = [1, 2]\ntaps = [1, 3]\n")  # fmt: skip
    assert main(["explore", "sweep.toml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["designs"] == 4
    assert main(["explore", "sweep.toml", "--stride", "1..3", "--taps", "all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["designs"] == 15


def test_questions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", *SMALL, "--question", "target", "--fps", "100k", "--json"]) == 2
    capsys.readouterr()
    asked = ["--question", "target", "--fps", "1000000", "--clock", "200MHz", "--json"]
    assert main(["explore", *SMALL, *asked]) == 0
    (said,) = json.loads(capsys.readouterr().out)["answers"]
    assert said["text"] == ("1,000,000 frames/s at 200 MHz: stride 1 is the finest that reaches it, with 5 "
                            "multipliers; stride 2 is the cheapest, with 1.")  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), [
    (["missing.toml"], "missing.toml: No such file or directory"),
    (["--height", "9"], "the layer needs --width, --kernel-size (or --layer FILE.toml, or --workload NAME)"),
    (["--workload", "resnet19"], "unknown workload 'resnet19': did you mean"),
    (["--workload", "resnet18", "--height", "9"], "the layers are those of resnet18: leave out the "
     "options that describe one"),
    ([*SMALL, "--stride", "1-4"], "--stride must be a number or HxW such as 3x5, not '1-4'"),
    ([*SMALL, "--stride", "4..1"], "--stride must count upwards, such as 1..4, not '4..1'"),
    ([*SMALL, "--kernel-size", "1..100000000"], "--kernel-size must be at most 10,000 numbers, not the "
     "100,000,000 of '1..100000000'"),
    ([*SMALL, "--taps", "x"], "--taps must be numbers such as 1,2,4 or 1..4, not 'x'"),
    ([*SMALL, "--taps", "4"], "taps 4 is legal for no layer of the sweep; nearest legal: 1, 2, 3, 5, 9"),
    ([*SMALL, "--clock", "fast"], "--clock must be a frequency such as 100MHz, not 'fast'"),
    ([*SMALL, "--where", "multipliers<1"], "multipliers < 1 leaves none of the designs; the nearest has "
     "multipliers 1 (layer, stride 1, lanes 1, pe 1, taps 1)"),
    ([*SMALL, "--objective", "cost"], "objectives must be of multipliers, fold, interval,"),
    ([*SMALL, "--export", "a.xlsx"], "--export must end in .csv, .parquet, .json, not be 'a.xlsx'"),
    ([*SMALL, "--verify", "some"], "--verify must be pareto, all or a number, not 'some'"),
    ([*SMALL, "--synth", "ecp6"], "target must be one of ecp5, ice40, xc7, not 'ecp6'"),
    ([*SMALL, "--engine", "icarus"], "--engine says what simulates: it needs --verify"),
    ([*SMALL, "--synth-which", "all"], "--synth-which says how to synthesise: it needs --synth"),
    ([*SMALL, "--no-place"], "--no-place says how to synthesise: it needs --synth"),
    ([*SMALL, "--dask", "cluster"], "dask must be 'local' or an address such as 'tcp://HOST:PORT', not "
     "'cluster'"),
    ([*SMALL, "--exact", "no"], "exact must be one of auto, all, front, not 'no'"),
    ([*SMALL, "--question", "why"], "question must be one of cheapest, halving, roofline, target, not 'why'"),
    ([*SMALL, "--question", "target"], "question 'target' needs a frame rate (fps)"),
    ([*SMALL, "--fps", "-1"], "fps must be above 0 and finite, not -1.0"),
    ([*SMALL, "--question", "target", "--fps", "nan"], "fps must be above 0 and finite, not nan"),
    ([*SMALL, "--question", "cheapest", "--fps", "30"], "--fps is for the question target: add --question "
     "target, or leave it out"),
    ([*SMALL, "--store", "photo.png"], "photo.png is not a store of windrow (no SQLite database); it was "
     "left as it is"),
])  # fmt: skip
def test_mistakes(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("photo.png").write_bytes(b"\x89PNG\r\n" * 20)
    assert main(["explore", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"windrow: error: {said}")
    assert err.count("\n") == 1
    assert Path("photo.png").read_bytes() == b"\x89PNG\r\n" * 20


def test_killed_and_resumed() -> None:
    store = "kept.sqlite"
    first = start(*MANY, "--store", store, "--workers", "2")
    try:
        wait_for(lambda: simulated(store) >= 3 or first.poll() is not None)
        assert first.poll() is None, first.communicate()
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
    kept = simulated(store)
    assert 3 <= kept < DESIGNS
    wait_for(lambda: not alive(first.pid), 20)  # the workers do not outlive the sweep

    second = start(*MANY, "--store", store, "--workers", "2")
    out, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    assert json.loads(out)["designs"] == DESIGNS
    assert all(row["verified"] for row in json.loads(out)["pareto"])
    assert simulated(store) == DESIGNS
    with Store(store) as book:
        query = "SELECT made FROM results WHERE kind = 'simulate' ORDER BY made"
        times = book._connection.execute(query).fetchall()
    gap = max(range(1, DESIGNS), key=lambda at: times[at][0] - times[at - 1][0])
    assert gap >= kept, "what was kept was not computed again"


def alive(group: int) -> bool:
    """Is there a process of this group that is not just waiting to be collected?"""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, NotADirectoryError):
            continue
        if entry.name.isdecimal() and int(fields[2]) == group and fields[0] != "Z":
            found.append(entry.name)
    return bool(found)


def test_two_sweeps_share_a_store() -> None:
    both = [start(*MANY, "--store", "shared.sqlite", "--workers", "1") for _ in range(2)]
    records = []
    for sweep in both:
        out, err = sweep.communicate(timeout=120)
        assert sweep.returncode == 0, err
        records.append(json.loads(out))
    assert records[0]["pareto"] == records[1]["pareto"]
    assert simulated("shared.sqlite") == DESIGNS


def test_dask_cluster_with_a_worker_killed_in_mid_sweep() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster:
        sweep = start(*MANY, "--store", "dask.sqlite", "--dask", cluster.scheduler_address)
        wait_for(lambda: simulated("dask.sqlite") >= 3 or sweep.poll() is not None)
        victim = next(iter(cluster.workers.values())).process.pid
        os.kill(victim, signal.SIGKILL)
        killed_at = simulated("dask.sqlite")
        out, err = sweep.communicate(timeout=120)
    assert sweep.returncode == 0, err
    assert killed_at < DESIGNS, "the worker was killed in mid-sweep"
    assert simulated("dask.sqlite") == DESIGNS
    assert all(row["verified"] for row in json.loads(out)["pareto"])


@pytest.mark.skipif(sys.platform == "win32", reason="no resource limits")
def test_full_disk() -> None:
    """A limit on the size of files stands for the disk that is full."""
    code = """if True:
        import resource, sys
        from windrow_cli import main
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        sys.exit(main(sys.argv[1:]))
    """
    command = [sys.executable, "-c", code, "explore", *MANY, "--store", "full.sqlite", "--workers", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    said = (r"^windrow: error: full\.sqlite: .*: the results so far are kept; make room, then run the same "
            r"command again to go on$")  # fmt: skip
    assert re.search(said, done.stderr, re.MULTILINE)
    with Store("full.sqlite") as store:  # intact: every page is checked when it is opened
        assert store.count() >= 1
    again = start(*MANY, "--store", "full.sqlite", "--workers", "2")
    again.communicate(timeout=120)
    assert again.returncode == 0
    assert simulated("full.sqlite") == DESIGNS


@pytest.mark.parametrize(("options", "operator", "groups"), [
    ("--operator median2d --channels 2 --padding-mode reflect", "median2d", 2),
    ("--operator rank2d --rank 2", "rank2d", 1),
    ("--operator avg-pool2d --count-include-pad --channels 2", "avg-pool2d", 2),
    ("--in-channels 4 --out-channels 4 --groups 4 --padding-value 3", "conv2d", 4),
])
def test_every_operator_and_groups(
    options: str, operator: str, groups: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Explored, simulated and compared: every figure of the front is that of the hardware."""
    small = ["--height", "6", "--width", "5", "--kernel-size", "2,3", "--padding", "1"]
    deep = ["--stride", "1,2", "--verify", "4", "--engine", "amaranth", "--json"]
    assert main(["explore", *small, *options.split(), *deep]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {(row["operator"], row["groups"]) for row in found["pareto"]} == {(operator, groups)}
    assert sum(row["verified"] for row in found["pareto"]) >= 4
    assert any("operands a cycle" in each["text"] for each in found["answers"]) == (operator != "conv2d")


@pytest.mark.parametrize(("options", "says"), [
    ("--operator max-pool2d --in-channels 2", "--in-channels says nothing about max-pool2d, which takes "),
    ("--operator pool", "operator must be one of conv2d, max-pool2d, "),
    ("--workload resnet18 --operator max-pool2d", "the layers are those of resnet18: leave out the options"),
    ("--operator median2d", "the layer needs --height, --width, --kernel-size (or --layer FILE.toml"),
])
def test_mistakes_about_operators(options: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    size = [] if "median" in options or "workload" in options else SMALL
    assert main(["explore", *size, *options.split()]) == 2
    assert capsys.readouterr().err.startswith(f"windrow: error: {says}")

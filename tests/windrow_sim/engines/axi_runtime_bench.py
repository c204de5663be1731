"""cocotb tests of run-time hardware behind AXI: programmed through its registers, also in mid-stream."""

from typing import Any

import numpy as np
from cocotb.task import bridge
from cocotb.triggers import ClockCycles
from cocotbext.axi import AxiResp

import windrow as wr
from tests.windrow_sim.engines import axi_designs
from tests.windrow_sim.engines.axi_bench import (
    CONSTANTS,
    DESIGN,
    MAP,
    Bench,
    Bus,
    beats_of,
    frames,
    outputs_of,
    python_driver,
    random_pauses,
    test,
)
from windrow_hdl.reductions.weights_loaded import load_bits, load_sequence

BITS = {register.full_name(field): field.mask for register, field in MAP.fields()}
APPLY, RESET, REFUSED = (BITS[name] for name in ("CONTROL_APPLY", "CONTROL_RESET", "STATUS_REFUSED"))
LAYER, (WEIGHTS, BIAS) = DESIGN.layer, CONSTANTS
SETTINGS = axi_designs.settings(DESIGN)


async def program(bench: Bench, layer: wr.Conv2d) -> None:
    """Write a setting and apply it."""
    (top, bottom), (left, right) = layer.padding
    for name, value in (("HEIGHT", layer.height), ("WIDTH", layer.width),
                        ("STRIDE", layer.stride[0] | layer.stride[1] << 16),
                        ("PAD_ROWS", top | bottom << 16), ("PAD_COLUMNS", left | right << 16)):
        assert await bench.write(f"SET_{name}", value) == AxiResp.OKAY
    await bench.write("CONTROL", APPLY)


async def in_force(bench: Bench, layer: wr.Conv2d) -> None:
    """Wait until nothing is pending, and see what is in force."""
    while await bench.read("STATUS_PENDING"):
        pass
    read = [await bench.read(name) for name in ("HEIGHT", "WIDTH", "STRIDE_ROWS", "STRIDE_COLUMNS",
            "PAD_ROWS_TOP", "PAD_ROWS_BOTTOM", "PAD_COLUMNS_LEFT", "PAD_COLUMNS_RIGHT")]
    (top, bottom), (left, right) = layer.padding
    assert read == [layer.height, layer.width, *layer.stride, top, bottom, left, right]


@test
async def every_setting_is_its_model(dut: Any) -> None:
    """Values, cycles and interval of each setting, one after the other on one piece of hardware."""
    bench = await Bench.start(dut)
    for number, layer in enumerate([*SETTINGS, LAYER]):
        await program(bench, layer)
        await in_force(bench, layer)
        x = frames(3, number, layer)
        sent, taken = len(bench.moved("s")), len(bench.moved("m"))
        for frame in x:
            await bench.send(beats_of(frame))
        assert (await bench.receive(3, layer) == layer.golden(x, WEIGHTS, BIAS)).all()
        await bench.settle()
        first = bench.moved("s")[sent][0]
        cycles = np.array([cycle - first for cycle, *_ in bench.moved("m")[taken:]])
        design = DESIGN.configured(layer)
        timing = design.timing(3)
        assert (cycles == timing.output_cycles.ravel()).all()
        assert await bench.read("LAST_INTERVAL") == timing.interval
    assert await bench.read("STATUS") == 0


@test
async def settings_in_mid_stream(dut: Any) -> None:
    """Neither stream stops for a setting: frames under way are finished with the old one."""
    bench = await Bench.start(dut)
    for share_in, share_out in ((0.0, 0.0), (0.4, 0.3)):
        bench.source.set_pause_generator(random_pauses(share_in, 1))
        bench.sink.set_pause_generator(random_pauses(share_out, 2))
        await bench.reset()
        before, sent = LAYER, 0
        x = frames(2, 9, before)
        for frame in x:
            await bench.send(beats_of(frame))
        for number, layer in enumerate(SETTINGS):
            # The second frame has begun, so nothing else goes by the old setting.
            sent += x.size // DESIGN.lanes
            while bench.taken["s"] <= sent - x[0].size // DESIGN.lanes:
                await ClockCycles(dut.aclk, 10)
            await program(bench, layer)
            after = frames(2, number, layer)
            for frame in after:
                await bench.send(beats_of(frame))
            assert (await bench.receive(2, before) == before.golden(x, WEIGHTS, BIAS)).all()
            await in_force(bench, layer)
            before, x = layer, after
        assert (await bench.receive(2, before) == before.golden(x, WEIGHTS, BIAS)).all()
        await bench.settle()
        counts = await bench.counters()
        assert counts["FRAMES_IN"] == counts["FRAMES_OUT"] == 2 * len(SETTINGS) + 2
        assert counts["EARLY_TLAST"] == counts["LATE_TLAST"] == 0


@test
async def illegal_settings(dut: Any) -> None:
    """Each is refused with an error bit, and what was in force stays in force."""
    bench, layer = await Bench.start(dut), SETTINGS[1]
    await program(bench, layer)
    await in_force(bench, layer)
    for name, value in (
        ("HEIGHT", 0), ("HEIGHT", 9), ("HEIGHT", 2), ("HEIGHT", 16 + 7), ("HEIGHT", 1 << 31 | 7),
        ("WIDTH", 0), ("WIDTH", 10), ("WIDTH", (1 << 16) + 4), ("STRIDE", 0 | 1 << 16), ("STRIDE", 2),
        ("STRIDE", 4 | 1 << 16), ("STRIDE", 2 | 5 << 16), ("PAD_ROWS", 3), ("PAD_ROWS", 3 << 16),
        ("PAD_COLUMNS", 4), ("PAD_COLUMNS", 1 << 31),
    ):
        old = await bench.read(f"SET_{name}")
        await bench.write(f"SET_{name}", value)
        assert await bench.read(f"SET_{name}") == value
        await bench.write("CONTROL", APPLY)
        await in_force(bench, layer)
        assert await bench.read("STATUS") == REFUSED, (name, value)
        await bench.write("STATUS", REFUSED)
        assert await bench.read("STATUS") == 0
        await bench.write(f"SET_{name}", old)
    x = frames(2, 4, layer)
    for frame in x:
        await bench.send(beats_of(frame))
    assert (await bench.receive(2, layer) == layer.golden(x, WEIGHTS, BIAS)).all()

    # A setting while another waits: that other one is kept.
    bench.sink.pause = True
    await bench.send(beats_of(x[0]))
    await ClockCycles(dut.aclk, 60)
    await program(bench, SETTINGS[2])
    assert await bench.read("STATUS_PENDING") == 1
    await program(bench, SETTINGS[0])
    await ClockCycles(dut.aclk, 4)
    assert await bench.read("STATUS_REFUSED") == 1
    bench.sink.pause = False
    assert (await bench.receive(1, layer) == layer.golden(x[:1], WEIGHTS, BIAS)).all()
    await in_force(bench, SETTINGS[2])


@test
async def weights(dut: Any) -> None:
    """Loaded word by word; a word that cannot be taken yet is refused on the bus, not lost in silence."""
    bench, mask = await Bench.start(dut), (1 << load_bits(DESIGN)) - 1
    assert await bench.read("FEATURES") == 3
    for seed in (21, 22):
        new, bias = LAYER.random_weights(seed), LAYER.random_bias(seed)
        words = [int(word) & mask for word in load_sequence(DESIGN, new, bias)]
        assert len(words) == await bench.read("WEIGHT_WORDS")
        for word in words:
            assert await bench.write("WEIGHT", word) == AxiResp.OKAY
        x = frames(2, seed)
        for frame in x:
            await bench.send(beats_of(frame))
        assert (await bench.receive(2) == LAYER.golden(x, new, bias)).all()
    # Frames under way: the first word waits, the second is refused.
    bench.sink.pause = True
    for frame in x:
        await bench.send(beats_of(frame))
    await ClockCycles(dut.aclk, DESIGN.latency + DESIGN.interval)
    words = [int(word) & mask for word in load_sequence(DESIGN, WEIGHTS, BIAS)]
    assert await bench.write("WEIGHT", words[0]) == AxiResp.OKAY
    assert await bench.read("STATUS_WEIGHT_FULL") == 1
    assert await bench.write("WEIGHT", 0) == AxiResp.SLVERR
    bench.sink.pause = False
    while await bench.read("STATUS_WEIGHT_FULL"):
        pass
    for word in words[1:]:
        assert await bench.write("WEIGHT", word) == AxiResp.OKAY
    out = [await bench.receive(1) for _ in range(2)]
    # No frame begins between the first word and the last; how many had begun before, the input decided.
    for y, frame in zip(out, x, strict=True):
        old, fresh = (LAYER.golden(frame[np.newaxis], *pair) for pair in ((new, bias), (WEIGHTS, BIAS)))
        assert (y == old).all() or (y == fresh).all()
    await bench.send(beats_of(x[0]))
    assert (await bench.receive(1) == LAYER.golden(x[:1], WEIGHTS, BIAS)).all()


@test
async def frames_of_wrong_length_and_soft_reset(dut: Any) -> None:
    """Lengths are those of the setting in force; a soft reset leaves that alone."""
    bench = await Bench.start(dut)
    for layer in SETTINGS:
        await program(bench, layer)
        await in_force(bench, layer)
        beats = layer.height * layer.width * DESIGN.slices
        x = frames(4, 3, layer)
        lengths = [beats - 1, beats + 2, 1, beats]
        meant = np.zeros_like(x)
        for frame, mended, length in zip(x, meant, lengths, strict=True):
            await bench.send((beats_of(frame) * 2)[:length])
            mended.reshape(-1)[: min(length, beats)] = frame.reshape(-1)[: min(length, beats)]
        assert (await bench.receive(4, layer) == layer.golden(meant, WEIGHTS, BIAS)).all()
        # Half a frame is forgotten.
        await bench.write("CONTROL", 1 << 2)
        await bench.send(beats_of(x[0])[: beats // 2])
        await ClockCycles(dut.aclk, 150)
        await bench.write("CONTROL", RESET)
        await ClockCycles(dut.aclk, 4)
        assert await bench.read("STATUS_BUSY") == 0
        had = len(bench.moved("m"))
        await in_force(bench, layer)
        for frame in x[:2]:
            await bench.send(beats_of(frame))
        await ClockCycles(dut.aclk, 200 + 3 * DESIGN.configured(layer).interval)
        found = outputs_of([data for _, data, _ in bench.moved("m")[had:]], layer)
        assert (found == layer.golden(x[:2], WEIGHTS, BIAS)).all()
        await bench.reset()
        await in_force(bench, LAYER)


@test
async def generated_driver_programs(dut: Any) -> None:
    """The Python driver sets and loads as well as it reads."""
    bench, layer = await Bench.start(dut), SETTINGS[3]
    space: dict[str, Any] = {}
    exec(python_driver(MAP), space)
    driver = space["Windrow"](Bus(bench.lite))
    new, bias = LAYER.random_weights(31), LAYER.random_bias(31)

    def set_up() -> None:
        driver.check()
        driver.set_height, driver.set_width = layer.height, layer.width
        driver.set_stride_rows, driver.set_stride_columns = layer.stride
        (driver.set_pad_rows_top, driver.set_pad_rows_bottom) = layer.padding[0]
        (driver.set_pad_columns_left, driver.set_pad_columns_right) = layer.padding[1]
        driver.control_apply()
        assert driver.status_refused == 0
        for word in load_sequence(DESIGN, new, bias):
            driver.write_weight(int(word))

    await bridge(set_up)()
    x = frames(1, 5, layer)
    await bench.send(beats_of(x[0]))
    assert (await bench.receive(1, layer) == layer.golden(x, new, bias)).all()

    def restore() -> None:  # weights outlive a reset, and this test
        for word in load_sequence(DESIGN, WEIGHTS, BIAS):
            driver.write_weight(int(word))

    await bridge(restore)()

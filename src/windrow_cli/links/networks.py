"""`windrow run MODEL`: a whole network on a board, a picture in and its class out."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from windrow.board.host import Host, LinkError
from windrow.board.outline import Outline
from windrow.board.port import PortError, SerialPort
from windrow.board.wire import Identity, network_digest
from windrow.network.graph import Network
from windrow.pipeline.lowering import lower
from windrow.stage.estimates import CLOCK_MHZ
from windrow.storage import outputs
from windrow_cli.console import CheckFailed, UserMistake, consoles, print_json, user_input
from windrow_cli.links.lines import line_errors, line_rate, simulated_board
from windrow_cli.pipelines import PaceOptions, planned, random_frame, read_frames, read_model
from windrow_cli.tables import Column, print_facts, print_table

__all__ = ["run_model", "through_board"]

_ANSWERS = [Column("frame"), Column("class"), Column("value"), Column("cycles")]


def run_model(model: Path, input: Path | None, pace: PaceOptions, *, seed: int, frames: int | None,
              port: str | None, board: str, baud: int | None, out: Path | None, as_json: bool) -> None:
    """`windrow run MODEL`: frames through a board that holds the model, or through a simulated one.

    port: None for a simulated board, which holds what `pace` says; a real one says itself what it holds.
    """
    results, progress = consoles(as_json)
    network, _ = read_model(model, progress, keep_dead=pace.keep_dead_channels)
    with user_input():
        x = _frames(input, network, seed, frames)
        folder = None if out is None else outputs.folder(out)
    with ExitStack() as stack:
        device = port
        if device is None:
            pipeline = planned(network, pace, CLOCK_MHZ, progress)
            device = stack.enter_context(simulated_board(board, pipeline, progress))
        else:
            pace.check_unsaid("the board says how fast its network is")
        stack.enter_context(line_errors())
        host = Host(stack.enter_context(SerialPort(device, line_rate(board, baud))))
        outline = _agree(host.identify(), network, model, progress)
        output, cycles = through_board(host, outline, network, x, progress)
        traffic = host.traffic
    if folder is not None:
        with user_input(), outputs.whole(folder / "output.npy") as aside:
            np.save(aside, output)
    fps = len(x) / traffic.seconds
    flat = output.reshape(len(output), -1)
    one = output.shape[1:3] == (1, 1)
    classes = flat.argmax(axis=1).tolist() if one else None
    if as_json:
        print_json({
            "board": board, "port": device, "simulated": port is None, "network": network.name,
            "interval": outline.interval, "latency": outline.latency, "frames": len(x), "cycles": cycles,
            "classes": classes, "fps": fps, **vars(traffic), "match": True,
        })  # fmt: skip
        return
    if classes is not None:
        print_table(results, _ANSWERS, [
            (str(at), str(each), str(flat[at, each]), f"{cycles[at]:,}") for at, each in enumerate(classes)])
        results.print("[dim]class: of the largest output; cycles: from the last value in to the last result "
                      "out, counted by the board[/]\n")  # fmt: skip
    print_facts(results, [
        ("board", f"{board}, simulated" if port is None else device), ("network", str(outline)),
        ("datapath", f"{outline.interval:,} cycles a frame, latency {outline.latency:,}"),
        ("data", f"pseudo-random input from seed {seed}" if input is None else str(input)),
        ("frames", f"{len(x)} in {traffic.seconds:.2f} s: {fps:.1f} frames/s, one at a time"),
        ("line", f"{traffic.resent} times sent again; damaged packets: {traffic.board_damaged} there, "
         f"{traffic.damaged} here; refused: {traffic.board_refused}"),
        ("check", Text("every value as predicted", "green")),
    ])  # fmt: skip


def _frames(path: Path | None, network: Network, seed: int, count: int | None) -> NDArray[np.int64]:
    """The frames to send, (N, ...)."""
    if count is not None and count < 1:
        raise ValueError(f"--frames must be at least 1, not {count}")
    x = random_frame(network, seed) if path is None else read_frames(path, network)
    distinct = network.check_input(x).reshape(-1, *network.input_shape)
    if count is None or len(distinct) == count:
        return distinct
    if len(distinct) > 1:
        raise ValueError(f"--frames must be left out or be {len(distinct)} for {path}, not {count}")
    return np.broadcast_to(distinct, (count, *distinct.shape[1:]))


def _agree(held: Identity, network: Network, model: Path, progress: Console) -> Outline:
    """The outline of what the board holds, if that is the network, with dead channels or without."""
    if not isinstance(held.design, Outline):
        raise UserMistake(f"the board holds {held.design.layer}, not the network {network.name!r}")
    whole, _ = read_model(model, progress, keep_dead=True)
    if held.digest not in {network_digest(lower(each)) for each in (network, whole)}:
        raise UserMistake(f"the board holds {held.design}, which is not that of {model}: give the model that "
                          "its bitstream was built from")
    return held.design


def through_board(host: Host, outline: Outline, network: Network, x: NDArray[np.int64], progress: Console
             ) -> tuple[NDArray[np.int64], list[int]]:  # fmt: skip
    """What comes back of each frame, checked, and the cycles that the board counts for it.

    Frames go one by one, each in a session of its own, so that the count is of that frame.
    """
    steps, cycles, found = lower(network), list[int](), list[NDArray[np.int64]]()
    plain = steps.input_shape
    with progress.status("sending") as status:
        for number, frame in enumerate(x):
            status.update(f"frame {number + 1} of {len(x)}")
            try:
                found += host.run(outline, frame)
            except (PortError, LinkError) as error:
                raise UserMistake(f"{error} ({number} of {len(x)} frames were done)") from error
            cycles.append(host.cycles())
            golden = steps.golden(frame.reshape(1, *plain))[steps.output.name][0]
            wrong = np.argwhere(found[-1] != golden)
            if len(wrong):
                place = tuple(int(i) for i in wrong[0])
                raise CheckFailed(f"frame {number}: {len(wrong):,} of {golden.size:,} values are wrong, the "
                                  f"first at {place}: {found[-1][place]} instead of {golden[place]}")
    return np.stack(found), cycles

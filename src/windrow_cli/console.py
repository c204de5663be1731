"""What every command shares: where text goes, how it fails, and the one JSON object."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer import Option

AsJson = Annotated[bool, Option("--json", help="One JSON object on stdout; everything else goes to stderr.")]
EngineName = Annotated[str, Option(metavar="NAME",
    help="auto, amaranth, verilator, icarus or verilator-cocotb.")]

_ENDLESS = 1 << 16  # columns of a pipe


class UserMistake(Exception):
    """Something the user can put right; becomes one line on stderr and exit code 2."""


class CheckFailed(Exception):
    """The hardware did not do what the model says; becomes one line on stderr and exit code 1."""


@contextmanager
def user_input() -> Iterator[None]:
    """Around code that does what the user asked, and nothing else: its complaints are for the user."""
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise UserMistake(f"{where}{error.strerror or error}") from error
    except (TypeError, ValueError) as error:
        raise UserMistake(str(error)) from error
    except MemoryError as error:
        raise UserMistake(f"this needs more memory than there is: {str(error) or 'out of memory'}") from error
    except RuntimeError as error:  # a program that failed shows its log below the first line
        first, *rest = str(error).strip().splitlines() or [type(error).__name__]
        raise UserMistake(f"{first} ... {rest[-1]}" if rest else first) from error


@contextmanager
def simulation() -> Iterator[None]:
    """Around a simulation and its check: what was wrong with the input, a tool, or the result."""
    from windrow_sim import Hang, Mismatch, ToolMissing

    with user_input():
        try:
            yield
        except ToolMissing as error:
            raise UserMistake(str(error)) from error
        except (Mismatch, Hang) as error:
            raise CheckFailed(str(error)) from error


def consoles(as_json: bool) -> tuple[Console, Console]:
    """One console for results and one for progress; with `--json` both are stderr.

    Results in a pipe or a file have no edge, unless COLUMNS says where it is: a program that reads them is
    served best with one line for each thing, and nobody can tell where a line was broken.
    """
    results, progress = Console(stderr=as_json, highlight=False), Console(stderr=True, highlight=False)
    if not results.is_terminal and not os.environ.get("COLUMNS", "").isdecimal():
        results.width = _ENDLESS
    return results, progress


def print_json(record: dict[str, Any]) -> None:
    """The answer of a command under `--json`."""
    print(json.dumps(record))


class Bar:
    """Progress on stderr: phase, bar, count, rate, time left."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                             TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=console,
                             transient=True, disable=not console.is_terminal)  # fmt: skip
        self._phase: str | None = None

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, phase: str, done: int, total: int) -> None:
        if phase != self._phase:
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._phase, self._began, self._known = phase, time.monotonic(), done
            self._task = self._bar.add_task(phase, total=total, completed=done, rate="")
        spent = time.monotonic() - self._began
        rate = (done - self._known) / spent if spent > 0.2 else 0
        self._bar.update(self._task, completed=done, total=total, rate=f"{rate:,.3g}/s" if rate else "")

"""The `windrow` command: one file for each subcommand, and one place where errors become exit codes.

    0   done, and every check passed
    1   a check failed: the hardware and the model disagree
    2   a mistake in what was asked, or a missing tool: one line, no traceback
    130 interrupted
"""

import os
import sys
import warnings
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from windrow_cli.commands.boards import boards
from windrow_cli.commands.build import build
from windrow_cli.commands.demo import demo
from windrow_cli.commands.doctor import doctor
from windrow_cli.commands.explore import explore
from windrow_cli.commands.filter import filter
from windrow_cli.commands.plan import plan
from windrow_cli.commands.run import run
from windrow_cli.commands.simulate import simulate
from windrow_cli.commands.synth import synth
from windrow_cli.commands.verilog import verilog
from windrow_cli.commands.watch import watch
from windrow_cli.commands.workloads import workloads
from windrow_cli.console import CheckFailed, UserMistake
from windrow_cli.help import Command, Group

app = typer.Typer(
    help="Strided sliding-window layers as FPGA hardware, exact in value and in time.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    cls=Group,
)


@app.callback(invoke_without_command=True)
def _common(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        from windrow.version import __version__

        print(f"windrow {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


for each in (demo, filter, plan, simulate, watch, verilog, synth, boards, build, run, workloads, explore,
             doctor):
    app.command(cls=Command)(each)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    with warnings.catch_warnings():
        warnings.showwarning = _warn
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = app(args=arguments, prog_name="windrow", standalone_mode=False)
    except TyperException as error:  # an unknown option, a value of the wrong kind
        return _complain(error.format_message(), 2)
    except UserMistake as error:
        return _complain(str(error), 2)
    except CheckFailed as error:
        return _complain(str(error), 1)
    except BrokenPipeError:
        # `windrow ... | head`: whoever read has had enough. Keep Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0  # Typer has made 130 of an interrupt


def _warn(message: Warning | str, *_: object) -> None:
    """A warning as the user of a command wants it: without file, line and source text."""
    print(f"windrow: warning: {message}", file=sys.stderr)


def _complain(message: str, code: int) -> int:
    print(f"windrow: error: {' '.join(message.split())}", file=sys.stderr)
    return code

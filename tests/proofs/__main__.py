"""Prove the contract of small designs, more and deeper than the tests do.

    python -m tests.proofs                     every design: 24 cycles, and half a minute a property for more
    python -m tests.proofs --depth 28          every run of 28 cycles
    python -m tests.proofs --only store        designs whose names contain "store"
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.proofs.cases import DESIGNS, in_dsp
from tests.proofs.solver import prove


def main() -> int:
    """Prove; 0 if nothing is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="part of the names of designs")
    parser.add_argument("--depth", type=int, default=24, help="cycles of every run that is looked at")
    parser.add_argument("--seconds", type=int, default=30, help="time to prove a property for good")
    arguments = parser.parse_args()
    names = [name for name in DESIGNS if arguments.only in name]
    if not names:
        parser.error(f"no design has a name with {arguments.only!r} in it")
    broken = False
    for name in names:
        start = time.monotonic()
        verdicts = prove(DESIGNS[name], arguments.depth, arguments.seconds, dsp=in_dsp(name))
        print(f"{name} ({time.monotonic() - start:.0f} s)", *verdicts, sep="\n    ", flush=True)
        broken |= any(verdict.broken is not None for verdict in verdicts)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())

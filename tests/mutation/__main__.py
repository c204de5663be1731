"""Check the tests: every fault in the hardware must make the sweep of the hardware fail.

    python -m tests.mutation                        all faults; a survivor is a finding, exit code 1
    python -m tests.mutation --only ring,output     faults whose names contain one of these
    python -m tests.mutation --json mutants.json    the table as data, too

Each fault goes into a copy of `windrow_hdl`, against which the tests of the hardware (`runner.SUITE`) run
until the first one fails.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from tests.mutation.faults import FAULTS
from tests.mutation.runner import Outcome, hunt


def main() -> int:
    """Run the hunt; 0 if every fault was caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="parts of names of faults, separated by commas")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="faults at a time")
    parser.add_argument("--json", type=Path, help="file to write the outcomes to")
    arguments = parser.parse_args()
    parts = arguments.only.split(",")
    faults = [fault for fault in FAULTS if any(part in fault.name for part in parts)]
    if not faults:
        parser.error(f"no fault has a name with {arguments.only!r} in it")
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        # Tests that fail anyway would catch every fault; a run of them all is only worth it for all faults.
        control = None if arguments.only else pool.submit(hunt, None)
        for outcome in pool.map(hunt, faults):
            print(outcome, flush=True)
            outcomes.append(outcome)
        if control and control.result().verdict != "survived":
            print(f"the tests fail without any fault: {control.result().by}")
            return 1
    survivors = [outcome.fault for outcome in outcomes if outcome.verdict != "caught"]
    print(f"{len(outcomes) - len(survivors)} of {len(outcomes)} faults caught")
    if arguments.json:
        rows = [asdict(outcome) for outcome in outcomes]
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())

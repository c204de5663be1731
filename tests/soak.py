"""An open-ended sweep of random layers, designs and stalls: outputs and cycles by equality.

    python tests/soak.py --minutes 60 --jobs 2 [--seed 0]

Every seed is a sweep of its own, so a failure names the seed, and the one line that repeats the case.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

from hypothesis import HealthCheck, Phase, given, seed, settings

from strategies import Case, cases

EXAMPLES = 50


def sweep(number: int) -> str | None:
    """Check the cases of one seed; the smallest failing one as text, None if there is none."""
    failing: list[tuple[Case, Exception]] = []

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(largest=12))
    def check(case: Case) -> None:
        try:
            case.check()
        except Exception as error:
            failing.append((case, error))
            raise

    try:
        check()
    except Exception:
        case, error = failing[-1]
        return f"seed {number}: {case!r}.check()  # {type(error).__name__}: {error}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long, %(default)s by default")
    parser.add_argument("--jobs", type=int, default=2, help="processes, %(default)s by default")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the first; by default the time")
    given_ = parser.parse_args()
    end, number, done = time.monotonic() + 60 * given_.minutes, given_.seed, 0
    failures: list[str] = []
    with ProcessPoolExecutor(given_.jobs) as pool:
        running = {pool.submit(sweep, number + n) for n in range(given_.jobs)}
        number += given_.jobs
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                done += 1
                found = future.result()
                if found:
                    failures.append(found)
                    print(found, flush=True)
                elif time.monotonic() < end:
                    running.add(pool.submit(sweep, number))
                    number += 1
            print(f"\r{done * EXAMPLES} cases, {len(failures)} failures", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

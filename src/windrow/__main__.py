"""`python -m windrow`: the same as the `windrow` command."""

import sys

from windrow.cli import main

sys.exit(main())

"""`python -m windrow_cli`: the same as the `windrow` command."""

import sys

from windrow_cli import main

sys.exit(main())

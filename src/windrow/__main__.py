"""`python -m windrow`: the same as the `windrow` command."""

import runpy

runpy.run_module("windrow_cli", run_name="__main__")

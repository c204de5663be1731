"""Benchmarks: `python -m benchmarks.NAME` measures one thing and prints it as a table and as JSON."""

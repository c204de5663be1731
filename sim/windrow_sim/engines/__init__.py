"""Engines: simulators that take a `Stimulus` to a `Recording`, all with the same cycles."""

"""The version of Windrow, in one place."""

__version__ = "0.1.0"

"""The version of Windrow and the name of its distribution, in one place."""

__version__ = "0.1.0"
DISTRIBUTION = "windrow-fpga"

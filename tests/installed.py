"""What a file of tests needs installed, asked without loading it.

The tests only ever start pyosys in processes of its own; loaded into this one it would keep other compiled
modules from loading where warnings are errors.
"""

from importlib.util import find_spec

import pytest


def needs(package: str, extra: str) -> None:
    """Skip the file unless `package` is installed, which `extra` of Windrow brings."""
    if find_spec(package) is None:
        pytest.skip(f"needs {package}: pip install 'windrow-fpga[{extra}]'", allow_module_level=True)

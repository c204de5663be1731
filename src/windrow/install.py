"""How to install what is missing, said in one place.

The distribution is `windrow-fpga`: on the package index, `windrow` is somebody else's. The package to import
and the command are `windrow`.
"""

from windrow.version import DISTRIBUTION

EXTRAS = ("sim", "explore", "models", "fpga", "dev", "all")
"""Parts that are installed on request, as in `pyproject.toml`."""


def pip_install(extra: str | None = None) -> str:
    """The command that installs Windrow, or one of its extras: `pip install 'windrow-fpga[sim]'`.

    Raises ValueError for an extra that there is not.
    """
    if extra is None:
        return f"pip install {DISTRIBUTION}"
    if extra not in EXTRAS:
        raise ValueError(f"extra must be one of {', '.join(EXTRAS)}, not {extra!r}")
    return f"pip install '{DISTRIBUTION}[{extra}]'"

"""Sphinx configuration: `make docs`."""

import re
from importlib.metadata import version as installed_version
from typing import Any

from sphinx.application import Sphinx

project = "Windrow"
author = "The Windrow authors"
copyright = author
version = release = installed_version("windrow")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 2

html_theme = "furo"
html_title = f"Windrow {release}"
html_static_path = ["_static"]

default_role = "code"  # docstrings say `name`, and mean code
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
# Aliases stay names: spelled out, one array argument fills half a page.
autodoc_type_aliases = {"npt.ArrayLike": "ArrayLike", "ArrayLike": "ArrayLike", "Array": "ndarray"}
napoleon_google_docstring = False


def _plain_aliases(
    _app: Sphinx, _kind: str, _name: str, _object: Any, _options: Any,
    signature: str | None, result: str | None,
) -> tuple[str | None, str | None]:
    """Where an alias is one part of a union, Sphinx prints its own class around the name."""
    plain = [text and re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text) for text in (signature, result)]
    return plain[0], plain[1]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-signature", _plain_aliases)

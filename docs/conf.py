"""Sphinx configuration: `make docs`."""

import inspect
import re
from typing import Any

from sphinx.application import Sphinx

import windrow

project = "Windrow"
author = "The Windrow authors"
copyright = author
version = release = windrow.__version__

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


def _listed_attributes(
    _app: Sphinx, _kind: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Docstrings list attributes as lines of `name: text`; Sphinx wants to see a list."""
    listed: list[str] = []
    inside = False
    for line in lines:
        item = re.fullmatch(r"([a-z_]+(?:, [a-z_]+)*): +(\S.*)", line)
        if item and (inside or not listed or not listed[-1]):
            inside = True
            listed.append(f"* **{item[1]}**: {item[2]}")
        elif inside and line:
            listed.append(f"  {line.strip()}")
        else:
            listed.append(line)
            inside = False
    lines[:] = listed


def _whole_sentences(
    _app: Sphinx, kind: str, _name: str, described: Any, _options: Any, lines: list[str]
) -> None:
    """Napoleon takes what stands before the first colon of a property for its type."""
    if kind == "property" and described.__doc__:
        lines[:] = [*inspect.cleandoc(described.__doc__).splitlines(), ""]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", _listed_attributes, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", _whole_sentences, priority=600)  # after it
    app.connect("autodoc-process-signature", _plain_aliases)

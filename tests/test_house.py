"""The rules of the house: what may import what, and that every file stays readable in one sitting."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Folder, its package, and the packages that its modules may import when they are loaded.
FLOORS = {
    "src": ("windrow", {"windrow"}),
    "hdl": ("windrow_hdl", {"windrow", "windrow_hdl"}),
    "sim": ("windrow_sim", {"windrow", "windrow_hdl", "windrow_sim"}),
}
PACKAGES = {"windrow", "windrow_hdl", "windrow_sim"}
# What the floors may need, wherever the import stands. The hardware description knows no simulator.
NEVER = {"src": set(), "hdl": {"windrow_sim"}, "sim": set()}
SOURCES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def at_load(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that run with the module: not those in functions, nor those for type checkers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from at_load(child)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in SOURCES}


def modules(imports: Iterator[ast.AST]) -> set[str]:
    """Names of the modules that are imported. `from package import module` is about that module only."""
    names: set[str] = set()
    for node in imports:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            names |= {name if name in MODULES else str(node.module) for name in full}
    return names


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", code]
    return set(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split())


def test_there_is_something_to_check() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} == set(FLOORS)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_direction_of_imports(path: Path) -> None:
    floor = path.relative_to(ROOT).parts[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_start = {name.split(".")[0] for name in modules(at_load(tree))}
    anywhere = {name.split(".")[0] for name in modules(ast.walk(tree))}
    assert at_start & PACKAGES <= FLOORS[floor][1]
    assert not anywhere & NEVER[floor]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_no_import_circle() -> None:
    needs = {
        name: modules(at_load(ast.parse(path.read_text(encoding="utf-8")))) & set(MODULES) - {name}
        for name, path in MODULES.items()
    }
    while free := [name for name, others in needs.items() if not others & set(needs)]:
        for name in free:
            del needs[name]
    assert not needs, f"these modules import each other: {', '.join(sorted(needs))}"


def test_importing_windrow_loads_numpy_only() -> None:
    # Installed packages that every interpreter of this environment loads are no fault of ours.
    before = loaded_by("pass") | loaded_by("import numpy")
    ours = loaded_by("import windrow") - before
    assert {name for name in ours if name not in sys.stdlib_module_names} == {"windrow"}


def test_importing_the_hardware_loads_no_simulator() -> None:
    assert "windrow_sim" not in loaded_by("import windrow_hdl")


def test_public_names_exist() -> None:
    import windrow

    for name in windrow.__all__:
        assert getattr(windrow, name) is not None
        assert name in dir(windrow)
    with pytest.raises(AttributeError, match=r"^module 'windrow' has no attribute 'convolve_me'$"):
        _ = windrow.convolve_me  # pyright: ignore[reportAttributeAccessIssue]

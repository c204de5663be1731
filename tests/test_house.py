"""The rules of the house: what may import what, and that every file stays readable in one sitting."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Every package, the folder it lives in, and the packages above it that its modules may import.
FLOORS = {
    "windrow": ("src", set()),
    "windrow_hdl": ("hdl", {"windrow"}),
    "windrow_sim": ("sim", {"windrow", "windrow_hdl"}),
    "windrow_explore": ("src", {"windrow", "windrow_hdl", "windrow_sim"}),
    "windrow_cli": ("src", {"windrow", "windrow_hdl", "windrow_sim", "windrow_explore"}),
}
FACES = ("windrow", "windrow_explore", "windrow_hdl", "windrow_hdl.synthesis", "windrow_hdl.verilog",
         "windrow_sim", "windrow_sim.watch")  # fmt: skip
AT_THE_TOP = 12  # files of a package that are in none of its folders, at most
SOURCES = sorted(path for package, (folder, _) in FLOORS.items()
                 for path in (ROOT / folder / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


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
    assert {path.relative_to(ROOT).parts[1] for path in SOURCES} == set(FLOORS)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_direction_of_imports(path: Path) -> None:
    """Wherever the import stands: in a function and for type checkers, too. Faces fetch by name."""
    package = path.relative_to(ROOT).parts[1]
    needed = {name.split(".")[0] for name in modules(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))}
    assert needed & set(FLOORS) <= FLOORS[package][1] | {package}


@pytest.mark.parametrize("package", FLOORS)
def test_a_listing_fits_a_glance(package: str) -> None:
    home = ROOT / FLOORS[package][0] / package
    assert len(list(home.glob("*.py"))) <= AT_THE_TOP


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_no_import_circle() -> None:
    """Imports in functions and for type checkers counted: what hides is a circle all the same."""
    needs = {
        name: modules(ast.walk(ast.parse(path.read_text(encoding="utf-8")))) & set(MODULES) - {name}
        for name, path in MODULES.items()
    }
    while free := [name for name, others in needs.items() if not others & set(needs)]:
        for name in free:
            del needs[name]
    assert not needs, f"these modules import each other: {', '.join(sorted(needs))}"


def test_importing_windrow_loads_numpy_only() -> None:
    # Installed packages that every interpreter of this environment loads are no fault of ours.
    before = loaded_by("pass") | loaded_by("import numpy")
    ours = loaded_by("import windrow; windrow.plan, windrow.load, windrow.Runtime") - before
    assert {name for name in ours if name not in sys.stdlib_module_names} == {"windrow"}


@pytest.mark.parametrize("package", FACES)
def test_importing_a_face_loads_nothing(package: str) -> None:
    parent = package.split(".")[0]
    assert loaded_by(f"import {package}") - loaded_by("pass") - sys.stdlib_module_names == {"windrow", parent}


def test_importing_the_hardware_loads_no_simulator() -> None:
    assert "windrow_sim" not in loaded_by("import windrow_hdl")


@pytest.mark.parametrize("package", FACES)
def test_public_names_exist(package: str) -> None:
    face = importlib.import_module(package)
    for name in face.__all__:
        assert getattr(face, name) is not None
        assert name in dir(face)


@pytest.mark.parametrize("package", FACES)
def test_type_checkers_see_the_same_face(package: str) -> None:
    face = importlib.import_module(package)
    stub = ast.parse(Path(str(face.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    homes = {alias.name: node.module for node in imports for alias in node.names}
    assert homes.keys() == set(face.__all__)
    assert {name: homes[name] for name in face._HOMES} == {
        name: package if home == f"{package}.{name}" else home for name, home in face._HOMES.items()}


def test_a_name_that_does_not_exist() -> None:
    import windrow

    with pytest.raises(AttributeError, match=r"^module 'windrow' has no attribute 'convolve_me'$"):
        _ = windrow.convolve_me  # pyright: ignore[reportAttributeAccessIssue]

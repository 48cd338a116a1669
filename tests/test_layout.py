"""tests/ mirrors the source, and its modules name each other in one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
MODULES = sorted(TESTS.rglob("*.py"))
SOURCES = {path.name for path in ROOT.iterdir() if path.is_dir()}
OF_THE_WHOLE = {Path("snni/secrecy"), Path("snni/mutants"), Path("deploy/cluster")}
"""Tests of no part of the source: of what no part may give away, of all that is deployed at once."""
RUN_BY_PYTEST = re.compile(r"test_|conftest$")
OWN = {path.stem for path in MODULES} | {path.name for path in TESTS.rglob("*") if path.is_dir()}


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a module imports, by the names it uses for them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_every_folder_of_tests_has_a_folder_of_the_source() -> None:
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    assert len(folders) > 20
    assert [str(folder) for folder in sorted(folders - OF_THE_WHOLE) if not (ROOT / folder).is_dir()] == []


def test_tests_are_imported_by_their_full_names() -> None:
    """From the root, as `tests.support.servers`: one name a module, and none that depends on the path searched."""
    faults = []
    for module in MODULES:
        tree = ast.parse(module.read_text())
        short = [name for name in imported(tree) if name.split(".")[0] in OWN - SOURCES or name.startswith(".")]
        paths = [
            "sys.path" for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path"
        ]
        faults += [f"{module.relative_to(ROOT)}: {fault}" for fault in short + paths]
    assert faults == []


def test_what_tests_share_is_in_no_test() -> None:
    """Nothing imports a module of tests or a conftest: pytest does, and a second copy would be another module. What two
    share has a file of its own beside them."""
    faults = []
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            names = [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            parts = [name.split(".") for name in names]
            found = [one for one in parts if one[0] == "tests" and any(RUN_BY_PYTEST.match(part) for part in one)]
            faults += [f"{module.relative_to(ROOT)}: {'.'.join(one)}" for one in found]
    assert faults == []


def test_only_its_own_tests_import_the_demo() -> None:
    others = [module for module in MODULES if TESTS / "demo" not in module.parents]
    users = [
        str(module.relative_to(ROOT))
        for module in others
        if any(name.split(".")[0] == "demo" for name in imported(ast.parse(module.read_text())))
    ]
    assert users == []

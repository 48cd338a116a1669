"""The committed stubs say what nanobind generates from the modules: names of functions, arguments and types.

A committed stub is the shorter: nanobind's also has each array's shape and place.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest
from nanobind.stubgen import StubGen

MODULES = (
    "snni._aes",
    "snni.wire._packing",
    "snni.multiparty._field",
    "snni.multiparty._gate",
    "snni.multiparty._ring_convolution",
    "snni.twoparty._linear",
    "snni.twoparty._nonlinear",
    "snni.twoparty._ot",
)
ROOT = Path(__file__).parents[3]


class Plain(ast.NodeTransformer):
    """A type without what says no more of it: aliases, modules' prefixes, quotes, shapes."""

    def __init__(self, aliases: dict[str, ast.expr]) -> None:
        self._aliases = aliases

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.visit(self._aliases[node.id]) if node.id in self._aliases else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return ast.Name(node.attr)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self.visit(ast.parse(node.value, mode="eval").body) if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "Annotated":
            return self.visit(node.slice.elts[0])
        return self.generic_visit(node)


def declarations(text: str) -> dict[str, str]:
    """Qualified name -> what is declared, for every constant, function, class and method of a stub."""
    tree = ast.parse(text)
    plain = Plain({node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)})

    def shown(node: ast.expr | None) -> str:
        return "" if node is None else ast.unparse(plain.visit(node))

    def declare(nodes: list[ast.stmt], prefix: str) -> dict[str, str]:
        out: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                out[prefix + node.name] = "class"
                out |= declare(node.body, f"{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                spec = node.args
                given = [f"{a.arg}: {shown(a.annotation)}" for a in spec.posonlyargs + spec.args if a.arg != "self"]
                given += ["/"] * any(a.arg != "self" for a in spec.posonlyargs)
                defaults = [ast.unparse(value) for value in spec.defaults]
                marks = [ast.unparse(mark) for mark in node.decorator_list]
                out[prefix + node.name] = f"{marks} {given} {defaults} {shown(node.returns)}"
            elif isinstance(node, ast.AnnAssign):
                out[prefix + ast.unparse(node.target)] = shown(node.annotation)
        return out

    return declare(tree.body, "")


def generated(module: ModuleType) -> dict[str, str]:
    generator = StubGen(module, include_docstrings=False)
    generator.put(module)
    made = declarations(generator.get())
    return {name: text for name, text in made.items() if not name.endswith(".__slotnames__")}  # copyreg's, once asked


@pytest.mark.parametrize("name", MODULES)
def test_a_stub_says_what_the_module_has(name: str) -> None:
    stub = (ROOT / name.replace(".", "/")).with_suffix(".pyi")
    assert declarations(stub.read_text()) == generated(importlib.import_module(name))


@pytest.mark.parametrize("name", MODULES)
def test_every_argument_has_a_name(name: str) -> None:
    made = generated(importlib.import_module(name))
    assert made and not any("arg0" in declared or "'arg:" in declared for declared in made.values())


def test_every_module_has_a_stub() -> None:
    built = {".".join(at.relative_to(ROOT).with_suffix("").parts) for at in (ROOT / "snni").rglob("_*.pyi")}
    assert built == set(MODULES)

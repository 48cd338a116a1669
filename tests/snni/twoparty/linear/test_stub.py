"""The committed stub names exactly what the native module has."""

import ast
from pathlib import Path

from snni import twoparty
from snni.twoparty import _linear


def test_stub_and_module_agree():
    tree = ast.parse((Path(twoparty.__file__).parent / "_linear.pyi").read_text())
    stubs = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert set(stubs) == {name for name in dir(_linear) if not name.startswith("_")}
    for name, node in stubs.items():
        if isinstance(node, ast.ClassDef):
            members = {f.name for f in node.body if isinstance(f, ast.FunctionDef)}
            assert {m for m in members if not m.startswith("_")} == {
                m for m in dir(getattr(_linear, name)) if not m.startswith("_")
            }
        else:
            arguments = [a.arg for a in node.args.args]
            assert all(a in getattr(_linear, name).__doc__ for a in arguments)

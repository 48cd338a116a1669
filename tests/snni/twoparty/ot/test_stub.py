"""The committed stub names what the extension module has, with the module's own parameter names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from snni import twoparty
from snni.twoparty import _ot

IMPLICIT = {"self"}


def stub_functions() -> dict[str, list[str]]:
    """Qualified name -> parameter names, of everything callable in the stub."""
    out: dict[str, list[str]] = {}
    tree = ast.parse((Path(twoparty.__file__).parent / "_ot.pyi").read_text())
    for node in tree.body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for member in members:
            if isinstance(member, ast.FunctionDef) and not member.decorator_list and member.name != "__init__":
                out[prefix + member.name] = [a.arg for a in member.args.args if a.arg not in IMPLICIT]
    return out


def module_functions() -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for owner, prefix in (
        (_ot, ""),
        *((end, f"{end.__name__}.") for end in (_ot.Sender, _ot.Receiver, _ot.FerretSender, _ot.FerretReceiver)),
    ):
        for name, value in vars(owner).items():
            if not name.startswith("_") and hasattr(value, "__nb_signature__"):
                signature = value.__nb_signature__[0][0]
                out[prefix + name] = re.findall(r"(?:\(|, )(\w+): ", signature)
    return out


def test_stub_and_module_agree() -> None:
    assert stub_functions() == module_functions()

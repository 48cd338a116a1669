"""Puts native modules built with sanitizers in the place of the installed ones, in this interpreter and its children.

On the path only under `./run sanitize`, which builds them.
"""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

BUILT = Path(__file__).parents[3] / "build" / "sanitized" / "modules"
FILES = {".".join((*at.parent.relative_to(BUILT).parts, at.name.split(".")[0])): at for at in BUILT.rglob("_*.so")}


class SanitizedFinder:
    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_file_location(name, FILES[name]) if name in FILES else None


sys.meta_path.insert(0, SanitizedFinder)

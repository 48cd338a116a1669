"""Becomes a service of an earlier version: its source in a folder, this environment's packages.

    python old_source.py FOLDER PYTHON -m MODULE ARGUMENT...

As the launcher of a `localsite.service.Service` it is given the command that it takes the place of. An installation of
this version, editable or not, answers for its modules before any path is searched; here the folder answers first.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType


class Folder:
    """Finds the top-level modules that lie in a folder, and with them all that is in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As the import system asks; None for what is not there."""
        if path is None:
            return PathFinder.find_spec(name, [str(self._folder)], target)
        inside = [one for one in path if Path(one).is_relative_to(self._folder)]
        return PathFinder.find_spec(name, inside, target) if inside else None


def main() -> None:
    """Run MODULE of FOLDER as the main program."""
    folder, _, flag, module, *arguments = sys.argv[1:]
    if flag != "-m":
        raise SystemExit(f"not a module's command: {flag}")
    sys.meta_path.insert(0, Folder(Path(folder)))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

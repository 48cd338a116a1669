"""Loaded by pytest in a process of its own (`-p tests.snni.mutants.plugin`): puts one mutant in the place of a module.

VEILWARD_MUTANT names it. A Python mutant's module is compiled from the changed source; a native one's from where
`native_build` left it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType

from tests.snni.mutants.catalogue import NAMED
from tests.snni.mutants.mutant import ROOT, Mutant
from tests.snni.mutants.native_build import modules_of


class ChangedSource(SourceFileLoader):
    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(ROOT / mutant.file))
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        """Never the compiled file beside the source."""
        code: CodeType = compile(self._mutant.applied(), self.path, "exec", dont_inherit=True)
        return code


class MutantFinder:
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._built = modules_of(mutant) if mutant.native else {}

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name in self._built:
            return importlib.util.spec_from_file_location(name, self._built[name])
        if not self._mutant.native and name == self._mutant.module:
            return importlib.util.spec_from_loader(name, ChangedSource(self._mutant))
        return None


chosen = NAMED[os.environ["VEILWARD_MUTANT"]]
if not chosen.native and chosen.module in sys.modules:
    raise ImportError(f"{chosen.module} was imported before the mutant could take its place")
sys.meta_path.insert(0, MutantFinder(chosen))

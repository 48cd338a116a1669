"""A mutant: one line of the engine's source, changed so that results stay right and something secret does not.

What kills it is a test of the suite, named: it passes on the source as it is and fails on the mutant.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Mutant:
    """takes_away: what no longer holds. file: relative to the repository. old, new: text within one line of it.

    killed_by: a node id of pytest. results: whether inferences under it still give the right levels; a mutant that
    removes a check, or randomness of a part that a small inference does not reach, says no. results_by: what looks at
    them, where the engine's own look does not reach what is changed.
    """

    name: str
    takes_away: str
    file: str
    old: str
    new: str
    killed_by: str
    results: bool = True
    results_by: str = ""

    @property
    def results_test(self) -> str:
        """Of the engine that the file is of: what inferences under the mutant give."""
        if self.results_by:
            return self.results_by
        among_servers = self.file.startswith("snni/multiparty/")
        return f"tests/snni/mutants/{'right_levels_among_servers' if among_servers else 'right_results'}.py"

    @property
    def native(self) -> bool:
        return not self.file.endswith(".py")

    @property
    def module(self) -> str:
        """The dotted name of a Python file."""
        return ".".join(Path(self.file).with_suffix("").parts)

    def applied(self) -> str:
        """The file's text, changed. Raises ValueError unless the line is there once."""
        text = (ROOT / self.file).read_text()
        lines = [number for number, line in enumerate(text.split("\n")) if self.old in line]
        if len(lines) != 1 or "\n" in self.old + self.new:
            raise ValueError(f"{self.name}: {self.file} has {len(lines)} lines with {self.old!r}")
        return text.replace(self.old, self.new)

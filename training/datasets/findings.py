"""What is irregular in a copy of a set: counted by kind, with examples, and told; never dropped in silence."""

from __future__ import annotations

from dataclasses import dataclass, field

EXAMPLES = 5


@dataclass
class Finding:
    """One kind of irregularity. left_out: whether what it counts is not in the samples."""

    what: str
    left_out: bool
    count: int = 0
    examples: list[str] = field(default_factory=list)


class Findings:
    """Collects irregularities in the order in which their kinds first came up."""

    def __init__(self) -> None:
        self._by_kind: dict[str, Finding] = {}

    def add(self, what: str, where: str = "", *, left_out: bool = False, count: int = 1) -> None:
        """Count one (or count) more of `what`; where is an example, a path inside the set."""
        notice = self._by_kind.setdefault(what, Finding(what, left_out))
        notice.count += count
        if where and len(notice.examples) < EXAMPLES:
            notice.examples.append(where)

    def all(self) -> list[Finding]:
        """Every kind."""
        return list(self._by_kind.values())

    def count(self, what: str) -> int:
        """How many of a kind, 0 if none."""
        return self._by_kind[what].count if what in self._by_kind else 0

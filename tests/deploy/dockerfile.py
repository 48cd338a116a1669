"""Reads a Dockerfile into stages of instructions, as far as ours go: comments, continued lines, JSON arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """name: upper case. text: the rest of the line, continued lines joined by one space."""

    name: str
    text: str


@dataclass
class Stage:
    """What follows one FROM. base: the image. alias: its name or ""."""

    base: str
    alias: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """The texts of every instruction of that name, in order."""
        return [one.text for one in self.instructions if one.name == name]


def read(path: Path) -> list[Stage]:
    """The stages of a Dockerfile. Raises ValueError for a line, other than ARG, before the first FROM."""
    stages: list[Stage] = []
    for line in _joined(path.read_text()):
        name, _, text = line.partition(" ")
        words = text.split()
        if name.upper() == "FROM":
            stages.append(Stage(words[0], words[2] if len(words) == 3 else ""))
        elif not stages and name.upper() == "ARG":
            continue  # what a FROM may ask for
        elif not stages:
            raise ValueError(f"{path}: {name} before FROM")
        else:
            stages[-1].instructions.append(Instruction(name.upper(), " ".join(words)))
    return stages


def _joined(text: str) -> list[str]:
    lines: list[str] = []
    open_line = ""
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        open_line += stripped.removesuffix("\\").strip() + " "
        if not stripped.endswith("\\"):
            lines.append(open_line.strip())
            open_line = ""
    return lines

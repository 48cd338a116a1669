"""What a person sees while something long runs."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Step = Callable[[str, int, int], None]
"""Called with what is done, how much of it, and of how much."""
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def bars(console: Console) -> Progress:
    """Progress on a terminal, gone at the end; elsewhere the lines that are printed must do."""
    return Progress(*COLUMNS, console=console, transient=True, disable=not console.is_terminal)


def stepper(shown: Progress) -> Step:
    """What reading and describing call as they go."""
    task = shown.add_task("", total=None)

    def step(what: str, done: int, total: int) -> None:
        shown.update(task, description=what, completed=done, total=total)

    return step


def counter(shown: Progress, description: str, total: int) -> Callable[[int], None]:
    """A line of the display; call it with how much is done."""
    task = shown.add_task(description, total=total)
    return lambda done: shown.update(task, completed=done)

"""A progress bar from what a client of secure inference writes."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from localsite.process import Process

POLL_S = 0.2


def watch_inferences(client: Process, count: int, console: Console) -> None:
    """Show how many of `count` images are done, until the client ends."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("connecting", total=count)
        while client.running:
            events = client.events()
            done = sum(event["event"] == "inferred" for event in events)
            progress.update(task, completed=done, description=events[-1]["event"] if events else "connecting")
            time.sleep(POLL_S)

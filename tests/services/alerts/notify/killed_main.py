"""`services.alerts.main` that kills itself, once, where the environment says: KILL_AT a step, KILL_ON a change.

The step is one of those between a change that is decided and its delivery that is marked. The marker file is made
before the kill; a process that finds it runs on.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.alerts import main

STEPS: dict[str, tuple[str, str, str, str]] = {
    "decided": ("services.alerts.alert_writer", "AlertWriter", "commit", "before"),
    "announced": ("services.alerts.audit.ledger", "Ledger", "append", "before"),
    "in the stream": ("services.alerts.audit.ledger", "Ledger", "_copy", "before"),
    "in the audit log": ("services.alerts.audit.ledger", "Ledger", "append", "after"),
    "before Redis": ("services.alerts.state.redis_mirror", "RedisMirror", "save", "before"),
    "in Redis": ("services.alerts.state.redis_mirror", "RedisMirror", "save", "after"),
    "taken": ("services.alerts.notify.notifier", "Notifier", "_mark", "before"),
    "marked": ("services.alerts.notify.notifier", "Notifier", "_mark", "after"),
}
"""step: module, class, method, and whether the process dies before or after the call that concerns the change."""


def concerns(arguments: tuple[Any, ...], change: str) -> bool:
    """Whether a call is about this kind of change; save, which knows cameras only, follows an append that was."""
    found = [item for argument in arguments if isinstance(argument, tuple | list) for item in argument]
    return any(getattr(getattr(item, "change", None), "value", None) == change for item in found)


class Killer:
    """Wraps one method of one class."""

    def __init__(self, change: str, marker: Path) -> None:
        self._change = change
        self._marker = marker
        self._seen = False

    def kill(self) -> None:
        self._marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    def note(self, arguments: tuple[Any, ...]) -> bool:
        self._seen = self._seen or concerns(arguments, self._change)
        return self._seen

    def wrap(self, module: str, kind: str, method: str, when: str) -> None:
        """From now on the method's call that concerns the change ends the process."""
        owner = getattr(importlib.import_module(module), kind)
        inner: Callable[..., Any] = getattr(owner, method)
        if method == "_mark":
            self._seen = True

        async def dying(one: Any, *arguments: Any) -> Any:
            about = self.note(arguments)
            if about and when == "before":
                self.kill()
            result = await inner(one, *arguments)
            if about:
                self.kill()
            return result

        setattr(owner, method, dying)

    def listen(self) -> None:
        """Know of the change from the audit log's append, for a step that does not name changes."""
        owner = importlib.import_module("services.alerts.audit.ledger").Ledger
        inner = owner.append

        async def append(one: Any, entries: Any, *more: Any) -> Any:
            self.note((entries,))
            return await inner(one, entries, *more)

        owner.append = append


if __name__ == "__main__":
    marker = Path(os.environ.pop("KILL_MARKER"))
    step, change = os.environ.pop("KILL_AT"), os.environ.pop("KILL_ON")
    if not marker.exists():
        killer = Killer(change, marker)
        if "Redis" in step or step == "in the stream":
            killer.listen()
        killer.wrap(*STEPS[step])
    main.main()

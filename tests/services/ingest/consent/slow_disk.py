"""A disk of the device that takes a write and does not end it until it is let."""

from __future__ import annotations

import threading

import pytest

from services.ingest.consent.store import Store
from tests.support.waiting import PATIENCE_S


class SlowDisk:
    """Every write from now on waits. writes: how many have begun."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.writes = 0
        self._free, save = threading.Event(), Store.save

        def slow(store: Store, *args: object) -> None:
            self.writes += 1
            assert self._free.wait(PATIENCE_S)
            save(store, *args)  # type: ignore[arg-type]

        patched.setattr(Store, "save", slow)

    def end(self) -> None:
        """What waits is written."""
        self._free.set()

"""The system's randomness, replaced by a stream of each party's own: recorded, the same in every run, one draw changed.

A party is a thread that says which it is. Everything that the engine draws goes through `os.urandom` or
`secrets.token_bytes`; native code draws nothing by itself.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

PASSED_ON = ("snni.ring.random", __name__)
"""Modules that draw for their callers."""


@dataclass(frozen=True)
class Draw:
    """where: the function that asked, without the module's `snni.`; count: bytes."""

    where: str
    count: int


def _asker() -> str:
    frame = sys._getframe(2)
    while frame.f_globals["__name__"] in PASSED_ON and frame.f_back is not None:
        frame = frame.f_back
    return f"{frame.f_globals['__name__'].removeprefix('snni.')}.{frame.f_code.co_qualname}"


class Draws:
    """name: of the streams. changed: (party, number) of the one draw whose bytes are others than they would be."""

    def __init__(self, name: str, changed: tuple[str, int] | None = None) -> None:
        self._name, self._changed = name, changed
        self._here = threading.local()
        self._drawn: dict[str, int] = defaultdict(int)
        self.made: dict[str, list[Draw]] = defaultdict(list)

    def belong_to(self, party: str) -> None:
        """This thread's, from now on."""
        self._here.party = party

    def __call__(self, count: int) -> bytes:
        party = self._here.party
        number = len(self.made[party])
        self.made[party].append(Draw(_asker(), count))
        self._drawn[party] += count
        stream = hashlib.shake_256(self._name.format(party=party).encode())
        drawn = stream.digest(self._drawn[party])[self._drawn[party] - count :]
        return bytes(value ^ 0xFF for value in drawn) if (party, number) == self._changed else drawn

    @contextmanager
    def instead_of_the_systems(self) -> Iterator[None]:
        with patch.object(os, "urandom", self), patch.object(secrets, "token_bytes", self):
            yield

"""Servers of one run in threads, over streams that a test may tamper with; how it ended for who asks."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from snni.errors import PeerError, SnniError
from snni.multiparty.roles import Role
from snni.wire.memory_channel import MemoryChannel, channel_pair

Tamper = Callable[[str, int, bytes], bytes | None]
"""(stream, number of its frame, payload): what is sent in place of it; None: nothing is."""


def honest(stream: str, number: int, payload: bytes) -> bytes:
    return payload


class Tampered(MemoryChannel):
    """The sending end of a stream, in the hands of a tamperer."""

    name: str
    tamper: Tamper
    frames: list[bytes]

    @classmethod
    def over(cls, channel: MemoryChannel, name: str, tamper: Tamper, frames: list[bytes]) -> Tampered:
        made = cls(channel._inbox, channel._outbox, channel._timeout_s)
        made.name, made.tamper, made.frames = name, tamper, frames
        return made

    def send(self, tag, payload):
        number, content = len(self.frames), bytes(payload)
        self.frames.append(content)
        changed = self.tamper(self.name, number, content)
        if changed is None:
            self.close()
            raise PeerError("dropped")
        super().send(tag, changed)


@dataclass
class Ended:
    """results: what who asked got, None where the run ended without. errors: by role. frames: sent, by stream."""

    results: tuple[int, ...] | None
    errors: dict[Role, Exception]
    frames: dict[str, list[bytes]]


class Streams:
    """named: every stream's sender and receiver. out, inward: its ends; frames: what was sent."""

    def __init__(self, named: Mapping[str, tuple[Role, Role]], tamper: Tamper, timeout_s: float) -> None:
        self._named = named
        pairs = {name: channel_pair(timeout_s) for name in named}
        self.frames: dict[str, list[bytes]] = {name: [] for name in named}
        self.out = {name: Tampered.over(pair[0], name, tamper, self.frames[name]) for name, pair in pairs.items()}
        self.inward = {name: pair[1] for name, pair in pairs.items()}

    def end(self, parts: Mapping[Role, Callable[[], Any]], asked: Callable[[dict[Role, Any]], Any]) -> Ended:
        """Run every server's part. asked: what who asks makes of what the servers gave, by role."""
        errors: dict[Role, Exception] = {}
        given: dict[Role, Any] = {}

        def party(role: Role) -> None:
            try:
                given[role] = parts[role]()
            except SnniError as error:
                errors[role] = error
                self._leave(role)

        with ThreadPoolExecutor(len(parts)) as pool:
            for future in [pool.submit(party, role) for role in parts]:
                future.result()
        return Ended(asked(given), errors, self.frames)

    def _leave(self, role: Role) -> None:
        for name, (sender, receiver) in self._named.items():
            with suppress(SnniError):
                if role is sender:
                    self.out[name].close()
                if role is receiver:  # whoever sends here learns of it by its own next wait; nothing waits in it
                    self.inward[name].close()
                    inbox: queue.Queue = self.inward[name]._inbox
                    while not inbox.empty():
                        inbox.get_nowait()

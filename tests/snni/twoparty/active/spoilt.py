"""A party that departs once: the channel that does it."""

from __future__ import annotations

from typing import Any

from snni.twoparty.ot import OtParams

REAL = OtParams(k=4, chunk=1280, extension="ferret", lpn=16)


class Spoilt:
    """A channel whose message number ``at`` has one bit changed, in its first byte or its last one."""

    def __init__(self, channel: Any, at: int, last: bool = False) -> None:
        self._channel, self._at, self._last, self.sent = channel, at, last, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def send(self, tag: int, payload: Any) -> None:
        body = bytearray(payload)
        if self.sent == self._at and body:
            body[-1 if self._last else 0] ^= 1
        self.sent += 1
        self._channel.send(tag, bytes(body))

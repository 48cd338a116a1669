"""What a server may do in place of what it should: to a message on its way, or in one call of a method."""

from __future__ import annotations

import numpy as np


def flipped(payload: bytes, at: int) -> bytes:
    changed = bytearray(payload)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


WAYS = {
    "a bit flipped": lambda payload, earlier: flipped(payload, 0),
    "cut short": lambda payload, earlier: payload[:-1],
    "one byte more": lambda payload, earlier: payload + b"\0",
    "of an earlier run": lambda payload, earlier: earlier,
    "not sent": lambda payload, earlier: None,
}


class Once:
    """Replaces a method: its call of that number is changed, where ``chosen`` says so."""

    def __init__(self, monkeypatch, owner, name, change, chosen=lambda self: True):
        self.calls = self.target = -1
        real, watched = getattr(owner, name), self

        def method(self, *arguments):
            if chosen(self):
                watched.calls += 1
                if watched.calls == watched.target:
                    return change(real, self, *arguments)
            return real(self, *arguments)

        monkeypatch.setattr(owner, name, method)

    def at(self, target):
        self.calls, self.target = -1, target


def one_more(real, self, values, *others):
    changed = np.array(values, copy=True)
    changed.reshape(-1)[:1] += values.dtype.type(1)
    return real(self, changed, *others)


def one_bit_else(real, self, values, *others):
    changed = np.array(values, copy=True)
    changed.reshape(-1)[-1] ^= values.dtype.type(1)
    return real(self, changed, *others)

"""Random OTs from a dealer that both ends seed alike: the ideal functionality, for testing what stands on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from snni.wire.memory_channel import MemoryChannel, channel_pair
from tests.support.waiting import PATIENCE_S


class IdealSender:
    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def leaf(self, n, bits):
        pads, _ = self._leaf(n, bits)
        return pads

    def _leaf(self, n, bits):
        return self._rng.integers(0, 1 << 32, n, np.uint32), self._rng.integers(0, 1 << bits, n).astype(np.uint8)

    def wide(self, n, bits):
        return self._wide(n, bits)[0]

    def _wide(self, n, bits):
        pads = self._rng.integers(0, 1 << 32, (n, 8 if bits == 8 else 4), np.uint32)
        return pads, self._rng.integers(0, 1 << bits, n).astype(np.uint8)

    def pads(self, n):
        return self._two(n, 32)[0]

    def crossed(self, n):
        return self._crossed(n)[0]

    def _two(self, n, bits):
        messages = [self._rng.integers(0, 1 << bits, n, np.uint32) for _ in range(2)]
        return messages, self._rng.integers(0, 2, n).astype(np.uint8)

    def _crossed(self, n):
        pads = self._rng.integers(0, 1 << 32, (n, 10), np.uint32)
        pads[:, 2:] &= 0x7FFFF
        return pads, self._rng.integers(0, 4, n).astype(np.uint8)


class IdealReceiver(IdealSender):
    def leaf(self, n, bits):
        pads, rho = self._leaf(n, bits)
        return rho, ((pads >> rho) & 1).astype(np.uint8)

    def wide(self, n, bits):
        pads, rho = self._wide(n, bits)
        slots = np.unpackbits(pads.view(np.uint8), axis=1, bitorder="little")
        pad = slots[np.arange(n), rho]
        return rho, pad | slots[np.arange(n), 64 + rho] << 1 if bits == 6 else pad

    def pads(self, n):
        (m0, m1), choice = self._two(n, 32)
        return choice, np.where(choice, m1, m0)

    def crossed(self, n):
        pads, rho = self._crossed(n)
        return rho, crossed_of(pads, rho)


def crossed_of(pads, rho):
    """What the receiver has of crossed messages: by its first bit two, by its second one, by both one."""
    rows, first, second = np.arange(len(rho)), rho & 1, rho >> 1
    chosen = [pads[rows, first], pads[rows, 2 + first], pads[rows, 4 + second], pads[rows, 6 + rho]]
    return np.ascontiguousarray(np.stack(chosen, axis=1))


def both(
    client: Callable[[MemoryChannel], Any], server: Callable[[MemoryChannel], Any]
) -> tuple[Any, Any, MemoryChannel]:
    """Run the two parties on two threads; their results and the client's channel (for its counters)."""
    ends = channel_pair(timeout_s=4 * PATIENCE_S)
    results: list[Any] = [None, None]
    errors: list[BaseException] = []

    def run(index: int, party: Callable[[MemoryChannel], Any]) -> None:
        try:
            results[index] = party(ends[index])
        except BaseException as error:
            errors.append(error)
            ends[index].close()

    threads = [threading.Thread(target=run, args=(i, p)) for i, p in enumerate((client, server))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results[0], results[1], ends[0]

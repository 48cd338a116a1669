"""A prover and its two verifiers in threads, over channels that a test may tamper with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from snni.errors import SnniError
from snni.multiparty.keys import PairKey
from snni.multiparty.prove.sides import Drawing, Prover, Told
from snni.wire.memory_channel import channel_pair
from tests.support.waiting import PATIENCE_S

PARTIES = ("prover", "drawing", "told")


@dataclass
class Ended:
    """errors: by party. sent: (from, to) -> payloads."""

    errors: dict[str, Exception]
    sent: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)


class Watched:
    """A channel's end that remembers, and lets a test change, what is sent."""

    def __init__(self, channel, link, sent, tamper):
        self._channel, self._link, self._sent, self._tamper = channel, link, sent, tamper

    def send(self, tag, payload):
        frames = self._sent.setdefault(self._link, [])
        frames.append(bytes(payload))
        self._channel.send(tag, self._tamper(self._link, len(frames) - 1, bytes(payload)))

    def recv(self, tag, limit=1 << 30):
        return self._channel.recv(tag, limit)

    def close(self):
        self._channel.close()


def proved(parts, tamper=lambda link, number, payload: payload, timeout_s=PATIENCE_S) -> Ended:
    """parts: by party what it does with its side. Ends all when one ends."""
    sent = {}
    ends = {}
    for one, other in (("prover", "drawing"), ("prover", "told"), ("drawing", "told")):
        left, right = channel_pair(timeout_s)
        ends[one, other] = Watched(left, (one, other), sent, tamper)
        ends[other, one] = Watched(right, (other, one), sent, tamper)
    first, second, common = (PairKey.fresh() for _ in range(3))
    sides = {
        "prover": Prover(ends["prover", "told"], ends["prover", "drawing"], first.dealt(0), second.dealt(0)),
        "drawing": Drawing(ends["drawing", "prover"], ends["drawing", "told"], first.dealt(0), common.dealt(0)),
        "told": Told(ends["told", "prover"], ends["told", "drawing"], second.dealt(0), common.dealt(0)),
    }
    errors = {}

    def run(party):
        try:
            parts[party](sides[party])
        except SnniError as error:
            errors[party] = error
            for (mine, _), channel in ends.items():
                if mine == party:
                    with suppress(SnniError):
                        channel.close()

    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(run, party) for party in PARTIES]:
            future.result()
    return Ended(errors, sent)


def shared(values: np.ndarray, field_: bool, rng) -> tuple[np.ndarray, np.ndarray]:
    """Two shares of uint64 values, by XOR or mod 2^64."""
    one = rng.integers(0, 1 << 64, values.shape, np.uint64)
    return one, (values ^ one if field_ else values - one)

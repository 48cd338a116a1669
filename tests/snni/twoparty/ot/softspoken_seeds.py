"""SoftSpokenOT's two ends with fixed seeds, and the digests of their messages."""

from __future__ import annotations

import hashlib

import numpy as np

from snni.twoparty import _ot

K = 4


def native(k: int = K) -> tuple[_ot.Sender, _ot.Receiver]:
    return _ot.Sender(k, 0, np.full(16, 1, np.uint8)), _ot.Receiver(k, 0, np.full(16, 2, np.uint8))


GOLDEN: dict[int, list[str]] = {
    2: [
        "46f83d76a4071d68",
        "ecc2f2706269cf32",
        "8ce94348ba4b72e7",
        "533504a0eee56bea",
        "f87f691b4285223b",
        "7c835b2df95b4106",
    ],
    3: [
        "0161808883701f74",
        "35fb6709d6e3b5d7",
        "0872297208db31da",
        "2e5bc1a30c8fb735",
        "71acaa034a33ddd7",
        "84ea244b6650ad68",
    ],
    4: [
        "b03aa1164c293c8d",
        "8420e4b120456522",
        "fdf65f9cf0f95fab",
        "1b472b68cef184f0",
        "3c7a50488b1a0bd1",
        "3f816f6f23539a36",
    ],
    8: [
        "129fbbf101b59de5",
        "7be55e58778458fe",
        "347aa57469464a89",
        "2ec0692f9fcc6b5b",
        "b57ef002a6ffdf56",
        "5989091214f4a5c5",
    ],
}


def digests(k: int) -> list[str]:
    sender, receiver = native(k)
    offer = receiver.offer()
    reply = sender.reply(offer)
    trees = receiver.trees(reply)
    sender.accept_trees(trees)
    out = [offer, reply, trees]
    out.append(receiver.leaf(4, np.empty(5000, np.uint8), np.empty(5000, np.uint8)))
    out.append(receiver.crossed(np.empty(77, np.uint8), np.empty((77, 4), np.uint32)))
    out.append(receiver.prove())
    return [hashlib.sha256(message.tobytes()).hexdigest()[:16] for message in out]

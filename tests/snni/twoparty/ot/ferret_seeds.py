"""Ferret's two ends with fixed seeds, and the digests of their messages."""

from __future__ import annotations

import hashlib

import numpy as np

from snni.twoparty import _ot

LPN, K = 16, 4


def native(lpn: int = LPN, k: int = K, direction: int = 0) -> tuple[_ot.FerretSender, _ot.FerretReceiver]:
    return (
        _ot.FerretSender(lpn, k, direction, np.full(16, 1, np.uint8)),
        _ot.FerretReceiver(lpn, k, direction, np.full(16, 2, np.uint8)),
    )


GOLDEN: dict[int, list[str]] = {
    16: [
        "063615f003b9",
        "ade768d517bb",
        "9171a1c5af16",
        "f258e43e1124",
        "53fac20528f9",
        "e0b9bc00ea5d",
        "cb3615cc4dc4",
        "08562b4e6bf3",
    ],
    17: [
        "cbffd589181d",
        "937898e25aaf",
        "e2a6f33ad774",
        "3f5f683a0967",
        "6594a39beb53",
        "3740d27171ba",
        "615f9f1db44b",
        "d15a6e9e61b7",
    ],
    18: [
        "25320f70f6e6",
        "24fbe310b75c",
        "bd1c19f30aa0",
        "2369d39cd674",
        "676630859a58",
        "b6818b0f6695",
        "934a9353e18f",
        "2e36bee3f1e9",
    ],
    19: [
        "dfc96c7404ae",
        "091f26c22882",
        "0c139fe16651",
        "deb73ff050e8",
        "625f9e4d4685",
        "c627aeb01cd4",
        "18d088b998e3",
        "66692a1b039a",
    ],
}


def digests(lpn: int) -> list[str]:
    """Of every message between two fresh ends, the same on every CPU. The sixth: the pads."""
    sender, receiver = native(lpn)
    offer = receiver.offer()
    reply = sender.reply(offer)
    trees = receiver.trees(reply)
    sender.accept_trees(trees)
    pads = np.empty(50_000, np.uint32)
    messages = [offer, reply, trees, sender.leaf(4, pads), sender.crossed(np.empty((77, 10), np.uint32)), pads]
    messages += [sender.seal(), sender.answer(np.arange(16, dtype=np.uint8))]
    return [hashlib.sha256(m.tobytes()).hexdigest()[:12] for m in messages]

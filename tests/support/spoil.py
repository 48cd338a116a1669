"""A seeded, structure-aware mutator of peers' messages: the same seed spoils the same message in the same way."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

EDGES = [0, 1, 2, 7, 8, 127, 128, 255, 256, (1 << 15) - 1, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1]
EDGES += [1 << 32, (1 << 53) + 1, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
HEADER_BYTES = 32  # most messages begin with a header of at most this: every second change falls there
VALUES: list[Any] = [
    None,
    True,
    False,
    -1,
    1.5,
    -0.0,
    1e308,
    "",
    "0",
    "\0",
    "é" * 9,
    "a" * 5000,
    [],
    {},
    [[]],
    [0] * 99,
]


def cases(name: str, count: int) -> Iterator[random.Random]:
    """What each of `count` cases draws from."""
    for case in range(count):
        yield random.Random(f"{name} {case}")


def exactly(message: bytes) -> np.ndarray:
    """Memory with nothing behind it that belongs to the message."""
    return np.frombuffer(message, np.uint8).copy()


def position(rng: random.Random, size: int) -> int:
    return rng.randrange(min(size, HEADER_BYTES) if rng.random() < 0.5 else size)


def flip(rng: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    for _ in range(rng.choice([1, 1, 2, 30])):
        data[position(rng, len(data))] ^= 1 << rng.randrange(8)


def write_number(rng: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    width = rng.choice([1, 2, 4, 8])
    number = (rng.choice([*EDGES, len(data), len(data) - 1]) + rng.choice([0, 0, 1, -1])) % (1 << 8 * width)
    at = position(rng, len(data))
    data[at : at + width] = number.to_bytes(width, rng.choice(["little", "big"]))[: len(data) - at]


def fill(rng: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at = position(rng, len(data))
    length = rng.choice([1, 8, 16, 64, len(data)])
    data[at : at + length] = (rng.choice([b"\0", b"\xff", b"\x80"]) * length)[: len(data) - at]


def cut(rng: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    del data[position(rng, len(data)) :]


def grow(rng: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    data += rng.randbytes(rng.choice([1, 1, 2, 15, 16, 17, 4096]))


def repeat(rng: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    first, last = sorted(position(rng, len(data)) for _ in range(2))
    data[last:last] = data[first:last]


def swap(rng: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    size = rng.choice([1, 4, 8, 16, 32])
    a, b = (position(rng, len(data)) for _ in range(2))
    one, two = bytes(data[a : a + size]), bytes(data[b : b + size])
    data[a : a + len(two)], data[b : b + len(one)] = two, one


def splice(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    other = rng.choice(others) if others else rng.randbytes(len(data))
    at = position(rng, len(data))
    data[at:] = other[at : at + rng.choice([1, 16, len(other)])] + bytes(data[at + 16 :])


def noise(rng: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    data[:] = rng.randbytes(rng.choice([0, 1, len(data), len(data), 2 * len(data) % 5000]))


CHANGES: list[Callable[[random.Random, bytearray, Sequence[bytes]], None]] = [
    *(flip, flip, write_number, write_number, fill, cut, grow, repeat, swap, splice, noise)
]


def spoil(rng: random.Random, message: bytes, others: Sequence[bytes] = ()) -> bytes:
    """One to three changes of a message; never the message itself. others: messages to take pieces of."""
    data = bytearray(message)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if data:
            rng.choice(CHANGES)(rng, data, others)
    return bytes(data) if bytes(data) != message else bytes(data) + b"\0"


def spoil_body(rng: random.Random, message: bytes, header_bytes: int) -> bytes:
    """Another body of the same length under the same header: what only a look at the content can refuse."""
    body = spoil(rng, message[header_bytes:])
    length = len(message) - header_bytes
    return message[:header_bytes] + (body + rng.randbytes(max(0, length - len(body))))[:length]


def spoil_json(rng: random.Random, text: bytes) -> bytes:
    """A document with one to three nodes replaced, removed, renamed, doubled or nested; or spoilt as bytes."""
    if rng.random() < 0.2:
        return spoil(rng, text)
    document = json.loads(text)
    for _ in range(rng.choice([1, 1, 2, 3])):
        nodes = list(_nodes(document))
        if nodes:
            _change_node(rng, *rng.choice(nodes))
    spoilt = json.dumps(document).encode()
    if rng.random() < 0.1:
        number = rng.choice([b"1e999", b"NaN", b"-Infinity", b"9" * 400, b'"\\ud800"', b"[" * 5000])
        spoilt = spoilt.replace(b": ", b": " + number + b", " if rng.random() < 0.5 else b": " + number, 1)
    return spoilt


def _nodes(document: Any) -> Any:
    if isinstance(document, dict | list):
        keys = list(document) if isinstance(document, dict) else range(len(document))
        for key in keys:
            yield document, key
            yield from _nodes(document[key])


def _change_node(rng: random.Random, parent: Any, key: Any) -> None:
    change = rng.randrange(6)
    if change == 0:
        del parent[key]
    elif change == 1:
        parent[key] = copy.deepcopy(rng.choice([*VALUES, *EDGES]))
    elif change == 2 and isinstance(parent[key], int) and not isinstance(parent[key], bool):
        parent[key] = rng.choice([parent[key] + 1, parent[key] - 1, -parent[key], 2 * parent[key], 1 << 20, 1 << 19])
    elif change == 3 and isinstance(parent, dict):
        parent[rng.choice(["", "x", "__class__", "format", str(key) + "2"])] = parent.pop(key)
    elif change == 4 and isinstance(parent, list):
        parent[key:key] = [copy.deepcopy(parent[key]) for _ in range(rng.choice([1, 1, 300]))]
    else:
        parent[key] = [parent[key]]

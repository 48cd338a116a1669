"""The same bytes whatever the number of threads: of the linear phase, of transfers over iterations, of their checks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import numpy as np
import pytest

from snni.errors import ParameterError, WireError
from snni.twoparty import _linear, _ot
from snni.twoparty.linear import PARAMETER_SETS, ClientLinear, ConvGeometry, Layout, ServerLinear
from snni.twoparty.ot.params import wide_words
from snni.twoparty.threads import MAX_THREADS, use_threads
from tests.snni.twoparty.linear.fixed_seeds import fixed_keys, seed
from tests.snni.twoparty.linear.layer_cases import case
from tests.snni.twoparty.ot.ferret_seeds import native

TRANSFERS = {16: "b8b4c7ddfe8fbc16", 17: "782d6e8969db99eb"}
"""Digests of `session`, from one thread that did one tree after the other."""
WIDE = ConvGeometry(24, 20, 20, 40, (3, 3), (1, 1), (1, 1), groups=1, ring_bits=20)
GROUPS = ConvGeometry(12, 31, 17, 12, (3, 3), (2, 2), (1, 1), groups=12, ring_bits=18)


@pytest.fixture(autouse=True)
def one_again() -> Iterator[None]:
    yield
    use_threads(1)


def session(lpn: int, threads: Iterator[int]) -> str:
    """Everything that two ends with fixed seeds send and make: every kind of request, into the third iteration."""
    sender, receiver = native(lpn)
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    seen = hashlib.sha256()

    def see(*arrays: np.ndarray) -> None:
        for array in arrays:
            seen.update(array.tobytes())

    def u8(n: int, *more: int) -> np.ndarray:
        return np.zeros((n, *more), np.uint8)

    def u32(n: int, *more: int) -> np.ndarray:
        return np.zeros((n, *more), np.uint32)

    def ask(kind: str, held: tuple, chosen: tuple, *bits: int) -> None:
        use_threads(next(threads))
        message = getattr(sender, kind)(*bits, *held)
        use_threads(next(threads))
        getattr(receiver, kind)(message, *bits, *chosen)
        see(message, *held, *chosen)

    usable = _ot.lpn_set(lpn)["usable"]
    for n in (1, 70_001, usable // 5 + 1000):
        ask("leaf", (u32(n),), (u8(n), u8(n)), 5)
        ask("leaf", (u32(n),), (u8(n), u8(n)), 3)
    for bits in (6, 7, 8):
        ask("wide", (u32(9001, wide_words(bits)),), (u8(9001), u8(9001)), bits)
    ask("bits2", (u8(130), u8(130)), (u8(130), u8(130)))
    ask("pads", (u32(5000), u32(5000)), (u8(5000), u32(5000)), 19)
    ask("crossed", (u32(30_001, 10),), (u8(30_001), u32(30_001, 4)))
    ask("cot", (u8(usable // 3, 16),), (u8(usable // 3), u8(usable // 3, 16)))
    use_threads(next(threads))
    message = sender.seal()
    use_threads(next(threads))
    receiver.seal(message)
    challenge = receiver.challenge()
    answer = sender.answer(challenge)
    receiver.verify(answer)
    see(message, challenge, answer)
    assert sender.next == receiver.next > 2 * usable
    return seen.hexdigest()[:16]


@pytest.mark.parametrize("lpn", TRANSFERS)
@pytest.mark.parametrize("threads", [(1,), (2,), (3,), (4,), (16,), (1, 4, 2, 7)], ids=str)
def test_transfers(lpn: int, threads: tuple[int, ...]) -> None:
    """The last: from request to request and from end to end another number."""
    assert session(lpn, cycle(threads)) == TRANSFERS[lpn]


def linear_messages(geometry: ConvGeometry, batch: int, index: int) -> tuple[bytes, ...]:
    params = PARAMETER_SETS[index]
    layout, keys = Layout(geometry, params, batch), fixed_keys()
    weights, masks = case(geometry, 3, batch)
    client, server = ClientLinear(layout, keys), ServerLinear(layout, keys.public_key(), weights)
    upload = client._upload(masks, seed(30), seed(31))
    reply = server.evaluate(upload, seed(32))
    return upload, reply, client.decrypt(reply).tobytes(), server.shares(seed(32)).tobytes()


@pytest.mark.parametrize("geometry", [WIDE, GROUPS], ids=["wide", "depthwise"])
@pytest.mark.parametrize("index", range(len(PARAMETER_SETS)))
def test_linear_messages(geometry: ConvGeometry, index: int) -> None:
    alone = linear_messages(geometry, 2, index)
    for threads in (2, 3, 4, 16):
        use_threads(threads)
        assert linear_messages(geometry, 2, index) == alone


def test_many_callers_share_the_threads() -> None:
    expected = session(16, cycle([1])), linear_messages(GROUPS, 2, 0)
    use_threads(4)
    with ThreadPoolExecutor(4) as callers:
        transfers = [callers.submit(session, 16, cycle([4])) for _ in range(3)]
        messages = [callers.submit(linear_messages, GROUPS, 2, 0) for _ in range(6)]
    assert {one.result() for one in transfers} == {expected[0]}
    assert {one.result() for one in messages} == {expected[1]}


@pytest.mark.parametrize("threads", [1, 4])
def test_a_row_that_is_wrong_is_found_whoever_reads_it(threads: int) -> None:
    use_threads(threads)
    for row in range(24):
        values = np.zeros((24, 100), np.uint64)
        values[row, 99] = 1 << 20
        with pytest.raises(ValueError, match="does not fit"):
            _linear.pack_rows(values, 20)
        assert _linear.unpack_rows(_linear.pack_rows(values, 21), 100, 21, 1 << 20) is None
        assert _linear.unpack_rows(_linear.pack_rows(values, 21), 100, 21, (1 << 20) + 1) is not None


@pytest.mark.parametrize("threads", [1, 4])
def test_wrong_lengths_end_the_stream_and_nothing_hangs(threads: int) -> None:
    use_threads(threads)
    sender, receiver = native()
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    message = sender.leaf(5, np.zeros(50_000, np.uint32))
    rho, pad = np.zeros(50_000, np.uint8), np.zeros(50_000, np.uint8)
    with pytest.raises(WireError):
        receiver.leaf(message[:-16], 5, rho, pad)
    with pytest.raises(RuntimeError, match="after an error"):
        receiver.leaf(message, 5, rho, pad)


@pytest.mark.parametrize("threads", [0, -1, MAX_THREADS + 1])
def test_numbers_that_are_none_are_refused(threads: int) -> None:
    with pytest.raises(ParameterError):
        use_threads(threads)
    if threads >= 0:
        for module in (_linear, _ot):
            with pytest.raises(ValueError, match="1 to 64"):
                module.use_threads(threads)

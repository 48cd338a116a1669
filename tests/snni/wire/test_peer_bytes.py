"""Whatever bytes a peer sends as a frame, or as payload of an online flight: a typed error, or values in their range.

Seeded, so that a failure names its case. Under the sanitizers the same cases look for reads and writes out of place:
messages are handed over in memory of exactly their length.
"""

import numpy as np
import pytest

from snni.errors import PeerError, WireError
from snni.wire.framing import HEADER, REFUSAL, VERSION, check_header, refused
from snni.wire.packing import Reader, pack, packed_bytes
from tests.support.spoil import cases, exactly, spoil

MANY = pytest.param(10_000, marks=pytest.mark.heavy)


@pytest.mark.parametrize("count", [2_000, MANY])
def test_frame_headers(count):
    """A header passes only as the expected frame within its limit, or as a short refusal."""
    for rng in cases("headers", count):
        tag, sequence, limit = rng.randrange(2, 80), rng.randrange(1 << 40), rng.choice([0, 10, 4096, 1 << 30])
        genuine = HEADER.pack(VERSION, 0, tag, rng.randrange(limit + 1), sequence)
        header = spoil(rng, genuine)[: HEADER.size].ljust(HEADER.size, b"\0")
        try:
            length, refusal = check_header(header, tag, sequence, limit)
        except WireError:
            continue
        version, reserved, got, _, number = HEADER.unpack(header)
        assert (version, reserved, number) == (VERSION, 0, sequence)
        assert (length <= limit and got == tag) or (refusal and got == REFUSAL and length <= 512)


@pytest.mark.parametrize("count", [300, MANY])
def test_texts_of_refusals(count):
    """The peer's own words reach a log only as short, printable ASCII."""
    for rng in cases("refusals", count):
        error = refused(memoryview(spoil(rng, b"PeerError: no room")[:512]))
        assert isinstance(error, PeerError) and str(error).isprintable()
        assert len(str(error)) < 600 and not set(str(error)) - {*map(chr, range(32, 127)), "?", "\ufffd"}


@pytest.mark.parametrize("count", [400, MANY])
def test_payloads_of_online_flights(count):
    """A reader gives as many values below 2^bits as it is asked for, or refuses; it never reads on."""
    for rng in cases("payloads", count):
        parts = [(rng.randrange(70), rng.randrange(1, 33)) for _ in range(rng.randrange(1, 4))]
        genuine = b"".join(pack(np.zeros(n, np.uint32), bits) for n, bits in parts)
        message = spoil(rng, genuine)
        reader = Reader(memoryview(exactly(message)))
        try:
            for n, bits in parts:
                values = reader.bytes(n, bits) if bits <= 8 else reader.words(n, bits)
                assert values.size == n and (not n or int(values.max()) < 1 << bits)
            reader.end()
        except WireError:
            continue
        assert len(message) == sum(packed_bytes(n, bits) for n, bits in parts)

"""Two whole inferences on one image with one network have no block of bytes in common, on the wire or within a run."""

import struct
from collections import defaultdict

import numpy as np
import pytest

from snni.twoparty.linear.layout import HEADER_BYTES
from snni.twoparty.offline import REPLY, UPLOAD
from snni.twoparty.suite import TRANSFERS, TwoPartySuite
from tests.support.networks import residual
from tests.support.parties import KEY, run_parties
from tests.support.plain_transfers import WIRE_VERSION

# Leading bytes of a payload that say what it is, the same in every run.
PUBLIC = {
    **{UPLOAD: HEADER_BYTES, REPLY: HEADER_BYTES},
    **dict.fromkeys(range(0x10, 0x16), 4),
    **dict.fromkeys(range(0x16, 0x1A), 16),
}
# Headers within: Ferret's set-up has two extend messages after the trees (snni/native/twoparty/ot/wire.h).
EXTEND_HEADERS = [struct.pack("<BBBBIQ", WIRE_VERSION, 4, *rest) for rest in ((0, 0, 74036, 0), (5, 0, 128, 74112))]


def run(image, ot):
    """Payloads by (receiving party, tag), public headers cut off; and each receive's (tag, limit, length)."""
    done = run_parties(residual(), [image], TwoPartySuite(transfers=TRANSFERS[ot]))
    payloads, limits = defaultdict(list), []
    for party, received in done.received.items():
        for tag, limit, payload in received:
            if tag == KEY:  # travels on the control connection, in another frame
                continue
            shown = payload[PUBLIC.get(tag, 0) :]
            for header in EXTEND_HEADERS if ot == "ferret" and tag in (0x14, 0x15) else ():
                before, found, after = shown.partition(header)
                assert found
                shown = before + after
            payloads[party, tag].append(shown)
            limits.append((tag, limit, len(payload)))
    return payloads, limits


def blocks(payloads):
    """Every aligned block of 16 bytes, as one array of them."""
    whole = (payload[: len(payload) // 16 * 16] for several in payloads.values() for payload in several)
    return np.frombuffer(b"".join(whole), "V16")


@pytest.mark.parametrize("ot", TRANSFERS)
def test_two_runs_share_no_block(ot):
    """A repetition by chance has a probability below 2^-80: at most 2^22 blocks of 128 bits."""
    image = np.full(residual().plan.input_shape, 128, np.uint8)
    (first, limits), (second, _) = run(image, ot), run(image, ot)
    assert {key: list(map(len, value)) for key, value in first.items()} == {
        key: list(map(len, value)) for key, value in second.items()
    }
    every = np.concatenate([blocks(first), blocks(second)])
    assert 10_000 < len(every) < 1 << 22
    assert len(np.unique(every)) == len(every)
    for tag, limit, length in limits:
        assert limit == length, f"a receive of {tag:#x} would have allocated {limit} bytes for a message of {length}"


def test_the_measure_sees_a_mask_used_twice():
    payload = np.random.default_rng(1).bytes(1 << 16)
    once = blocks({0: [payload]})
    assert len(np.unique(once)) == len(once)
    again = blocks({0: [payload], 1: [payload[-4096:]]})
    assert len(np.unique(again)) < len(again)

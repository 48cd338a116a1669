"""Messages and packets are told apart however the connection cuts them, and nothing of any length is gathered."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.rtsp.errors import NotRtsp
from services.ingest.sources.rtsp.items import LOOK, MAX_HEAD_BYTES, Items

HEADS = ("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", "GET_PARAMETER * RTSP/1.0\r\n\r\n")
PACKET = st.binary(max_size=300).map(lambda data: b"$\0" + len(data).to_bytes(2, "big") + data)
BODY = st.binary(min_size=1, max_size=300).map(
    lambda data: f"RTSP/1.0 200 OK\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data
)


@given(st.lists(PACKET | BODY | st.sampled_from(HEADS).map(str.encode)), st.data())
def test_any_cut_gives_the_same(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    items, heads, found = Items(), [], bytearray()
    for start, end in itertools.pairwise([0, *cuts, len(whole)]):
        for item in items.of(whole[start:end]):
            heads += [item] if isinstance(item, str) else []
            found += item.encode() if isinstance(item, str) else item
    assert bytes(found) == whole
    assert len(heads) == sum(not part.startswith(b"$") for part in parts)


def test_of_a_body_without_end_nothing_waits() -> None:
    items = Items()
    assert len(list(items.of(b"RTSP/1.0 200 OK\r\nContent-Length: 2000000000\r\n\r\n"))) == 1
    for _ in range(100):
        assert list(items.of(b"v" * 65_536)) == [b"v" * 65_536]
    assert not items._waiting


def test_a_head_without_end_is_an_error() -> None:
    items = Items()
    assert list(items.of(b"x" * (MAX_HEAD_BYTES - 1))) == []
    with pytest.raises(NotRtsp):
        list(items.of(b"x"))


def test_packets_that_come_together_go_together() -> None:
    packets = b"$\0\0\x20" + bytes(32)
    assert list(Items().of(packets * 3)) == [packets * 3]


@pytest.mark.parametrize("at_once", [1, 100, LOOK])
def test_packets_of_next_to_nothing_end_it_however_they_come(at_once: int) -> None:
    items = Items()
    with pytest.raises(NotRtsp):
        for _ in range(LOOK // at_once + 1):
            list(items.of(b"$\0\0\4abcd" * at_once))
    items, packet = Items(), b"$\0\0\x20" + bytes(32)
    for _ in range(4 * LOOK):
        assert list(items.of(packet)) == [packet]

"""Every field of a frame's header is checked, each by itself."""

from __future__ import annotations

import pytest

from snni.errors import WireError
from snni.wire.framing import HEADER, MAX_REFUSAL_BYTES, REFUSAL, VERSION, check_header, refused

TAG, SEQUENCE, LIMIT = 0x22, 7, 100


def header(version: int = VERSION, reserved: int = 0, tag: int = TAG, length: int = 100, sequence: int = 7) -> bytes:
    return HEADER.pack(version, reserved, tag, length, sequence)


def test_the_expected_header_passes() -> None:
    assert check_header(header(), TAG, SEQUENCE, LIMIT) == (100, False)
    assert check_header(header(length=0), TAG, SEQUENCE, LIMIT) == (0, False)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"version": VERSION + 1}, "version"),
        ({"reserved": 1}, "version"),
        ({"sequence": 6}, "replayed"),
        ({"sequence": 8}, "lost"),
        ({"sequence": (1 << 64) - 1}, "reordered"),
        ({"tag": TAG + 1}, "tag"),
        ({"length": 101}, "at most 100"),
        ({"length": (1 << 32) - 1}, "at most 100"),
    ],
)
def test_any_other_is_refused_before_its_payload_is_read(changed: dict[str, int], named: str) -> None:
    with pytest.raises(WireError, match=named):
        check_header(header(**changed), TAG, SEQUENCE, LIMIT)


def test_a_refusal_takes_the_place_of_any_frame_but_out_of_order() -> None:
    """And one that is too long is no refusal."""
    assert check_header(header(tag=REFUSAL, length=3), TAG, SEQUENCE, LIMIT) == (3, True)
    with pytest.raises(WireError, match="sequence"):
        check_header(header(tag=REFUSAL, length=3, sequence=6), TAG, SEQUENCE, LIMIT)
    with pytest.raises(WireError, match="tag"):
        check_header(header(tag=REFUSAL, length=MAX_REFUSAL_BYTES + 1), TAG, SEQUENCE, LIMIT)
    assert "a?b" in str(refused(memoryview(b"a\x1bb")))

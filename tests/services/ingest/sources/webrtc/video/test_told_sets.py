"""Parameter sets that a description tells of, by payload type; and whatever else stands there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.webrtc.sdp import Attributes, Section
from services.ingest.sources.webrtc.video.told_sets import told_sets


def told(*values: str) -> dict[int, tuple[bytes, ...]]:
    pairs: list[tuple[str, str | None]] = [("fmtp", value) for value in values]
    return told_sets(Section("video", 9, "UDP/TLS/RTP/SAVPF", ("96",), Attributes(pairs)))


def test_each_payload_types_own() -> None:
    """Z0I= is 67 42, aM4= is 68 CE."""
    assert told("96 packetization-mode=1; SPROP-parameter-sets=Z0I=,aM4= ;level=1", "97 apt=96") == {
        96: (b"\x67\x42", b"\x68\xce")
    }


def test_what_is_no_set_is_left_out() -> None:
    assert told(
        "96 sprop-parameter-sets=Z0I=,?,é,Z0I", "x sprop-parameter-sets=Z0I=", "٣ sprop-parameter-sets=Z0I="
    ) == {96: (b"\x67\x42",)}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    told(text, f"96 sprop-parameter-sets={text}")

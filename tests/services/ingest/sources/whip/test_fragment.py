"""Trickle fragments, preconditions and ICE generations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.webrtc.candidates import parse_candidate
from services.ingest.sources.whip.errors import (
    MalformedBody,
    MalformedPrecondition,
    PreconditionFailed,
    PreconditionRequired,
    RestartUnsupported,
    WhipError,
)
from services.ingest.sources.whip.fragment import Fragment, check_generation, check_precondition, read_trickle

ETAG = '"0123456789abcdef"'
FRAGMENT = (
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1\r\n"
    "a=candidate:3471623853 1 udp 2122194687 abc.local 61765 typ host\r\n"
    "a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n"
    "a=end-of-candidates\r\n"
)


def test_usable_candidates_are_read_and_others_dropped() -> None:
    found = read_trickle(FRAGMENT)
    assert (found.ufrag, found.pwd) == ("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
    assert [(mid, one.address, one.port) for mid, one in found.candidates] == [("0", "192.0.2.1", 61764)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "a=mid:0\r\n",
        "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n",
        FRAGMENT + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:other\r\n",
        "m=audio x\r\n",
    ],
)
def test_malformed_fragments(text: str) -> None:
    with pytest.raises(MalformedBody):
        read_trickle(text)


@pytest.mark.parametrize("tag", ["*", '"*"', ETAG, f'"other", {ETAG}', f" {ETAG} "])
def test_precondition_holds(tag: str) -> None:
    check_precondition(tag, ETAG)


@pytest.mark.parametrize(
    ("tag", "error"),
    [
        (None, PreconditionRequired),
        ("", MalformedPrecondition),
        (ETAG.strip('"'), MalformedPrecondition),
        (f"{ETAG} trailing", MalformedPrecondition),
        ("'0123456789abcdef'", MalformedPrecondition),
        ('"stale"', PreconditionFailed),
        (f"W/{ETAG}", PreconditionFailed),
    ],
)
def test_precondition_fails(tag: str | None, error: type[WhipError]) -> None:
    with pytest.raises(error):
        check_precondition(tag, ETAG)


def test_a_new_generation_is_a_restart() -> None:
    check_generation(Fragment("EsAw", "p" * 22, ()), "EsAw", "p" * 22)
    check_generation(Fragment(None, None, ()), "EsAw", "p" * 22)
    for other in (Fragment("new1", "p" * 22, ()), Fragment("EsAw", "q" * 22, ()), Fragment("new1", None, ())):
        with pytest.raises(RestartUnsupported):
            check_generation(other, "EsAw", "p" * 22)


@pytest.mark.parametrize(
    "value",
    [
        "1 1 udp 1 camera.local 9 typ host",
        "1 1 tcp 1 192.0.2.1 9 typ host",
        "1 2 udp 1 192.0.2.1 9 typ host",
        "1 1 udp 1 192.0.2.1 0 typ host",
        "1 1 udp 1 192.0.2.1 65536 typ host",
        "1 1 udp 4294967296 192.0.2.1 9 typ host",
        "1 1 udp 1 224.0.0.1 9 typ host",
        "1 1 udp 1 0.0.0.0 9 typ host",
        "1 1 udp 1 fe80::1%eth0 9 typ host",
        "1 1 udp 1 192.0.2.1 9 typ prflx",
        "1 1 udp 1 192.0.2.1 9",
        "",
    ],
)
def test_candidates_of_no_use(value: str) -> None:
    assert parse_candidate(value) is None


@given(st.text(max_size=300))
def test_any_text_is_a_fragment_or_malformed(text: str) -> None:
    try:
        read_trickle(text)
    except MalformedBody as error:
        assert error.status == 400

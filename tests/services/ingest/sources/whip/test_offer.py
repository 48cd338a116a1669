"""Which offers are served, and what the WebRTC stack is given of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.sources.webrtc.sending_text import render_sending
from services.ingest.sources.whip.errors import MalformedBody, Unacceptable, WhipError
from services.ingest.sources.whip.offer import check_offer
from services.ingest.sources.whip.peer import Peer
from tests.services.ingest.sources.whip.offer_files import MALFORMED, NAMES, UNACCEPTABLE, offer, swap, video_only

BY_THE_STACK = {"no codec in common", "H.264 high profile alone"}
"""What only the WebRTC stack notices; the conformance tests send these to the server."""


@pytest.mark.parametrize("name", NAMES)
def test_clients_in_use_are_served(name: str) -> None:
    checked = check_offer(offer(name))
    description = SessionDescription.parse(render_sending(checked))
    assert [media.kind for media in description.media] == [section.kind for section in checked.sections]
    for media in description.media:
        assert media.direction == "sendonly"
        assert media.rtcp_mux
        assert media.ice.usernameFragment == checked.transport.ufrag
        assert media.dtls.fingerprints
    assert checked.has_audio == (name != "gstreamer")


@pytest.mark.parametrize("name", [name for name in MALFORMED if name not in BY_THE_STACK])
def test_malformed(name: str) -> None:
    with pytest.raises(MalformedBody):
        check_offer(MALFORMED[name])


@pytest.mark.parametrize("name", [name for name in UNACCEPTABLE if name not in BY_THE_STACK])
def test_unacceptable(name: str) -> None:
    with pytest.raises(Unacceptable):
        check_offer(UNACCEPTABLE[name])


def test_session_level_transport_of_obs() -> None:
    transport = check_offer(offer("obs-30")).transport
    assert (transport.ufrag, transport.setup) == ("c1Lr", "actpass")
    assert transport.fingerprints[0][0] == "sha-256"


def test_candidates_that_cannot_be_used_are_left_out() -> None:
    checked = check_offer(offer("chromium"))
    assert [candidate.address for candidate in checked.candidates] == ["192.0.2.30"]
    assert ".local" not in render_sending(checked)


def test_sendrecv_and_an_unsaid_direction_are_served() -> None:
    check_offer(offer("chromium").replace("a=sendonly", "a=sendrecv"))
    check_offer(offer("chromium").replace("a=sendonly\r\n", ""))


def test_line_feeds_alone_are_read() -> None:
    assert check_offer(offer("obs-30").replace("\r\n", "\n")) == check_offer(offer("obs-30"))


def test_video_alone_needs_no_bundle_group() -> None:
    assert check_offer(video_only().replace("a=group:BUNDLE 1\r\n", "")).bundle == ("1",)


def test_errors_never_quote_the_offer() -> None:
    with pytest.raises(MalformedBody) as caught:
        check_offer(swap(offer("chromium"), "s=-", "secret words"))
    assert "secret" not in caught.value.detail


LINES = [line for name in NAMES for line in offer(name).split("\r\n")]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.integers(0, 80), st.sampled_from(["drop", "swap", "cut", "noise"])), max_size=6),
    st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=60)), min_size=6, max_size=6),
)
def test_mutated_offers_are_served_or_refused_by_type(
    name: str, edits: list[tuple[int, str]], material: list[str]
) -> None:
    lines = offer(name).split("\r\n")
    for (place, kind), piece in zip(edits, material, strict=False):
        place %= len(lines)
        lines[place : place + 1] = {
            "drop": [],
            "swap": [piece],
            "cut": [lines[place][: len(piece)]],
            "noise": [lines[place] + piece],
        }[kind]
    try:
        checked = check_offer("\r\n".join(lines))
    except WhipError as error:
        assert 400 <= error.status < 500
    else:
        assert render_sending(checked).startswith("v=0\r\n")
        assert check_offer(render_sending(checked)).transport == checked.transport


WORDS = re.compile(r"^(m=.*|a=(?:rtpmap|candidate|fingerprint|group):.*)$", re.M)
LOOSE: dict[str, Callable[[str], str]] = {
    "line feeds": lambda text: text.replace("\r\n", "\n"),
    "a blank line at the end": lambda text: text + "\r\n",
    "blank lines at both ends": lambda text: "\r\n\n" + text + "\r\n \r\n",
    "blank lines between sections": lambda text: text.replace("m=", "\r\nm="),
    "a byte order mark": lambda text: "\ufeff" + text,
    "blanks at line ends": lambda text: text.replace("\r\n", " \t\r\n"),
    "lines indented": lambda text: "    " + text.replace("\r\n", "\r\n    "),
    "line ends made twice": lambda text: text.replace("\r\n", "\r\r\n"),
    "no line end at the end": lambda text: text.rstrip(),
    "blanks after colons": lambda text: re.sub(r"^(a=[a-z-]+:)", r"\1 ", text, flags=re.M),
    "words far apart": lambda text: WORDS.sub(lambda found: found[0].replace(" ", "  "), text),
    "carriage returns alone": lambda text: text.replace("\r\n", "\r"),
    "blanks of typesetting": lambda text: text.replace("a=rtcp-mux\r", "a=rtcp-mux\u00a0\r"),
    "rtcp-mux for the session": lambda text: text.replace("a=rtcp-mux\r\n", "").replace("t=0 0", "t=0 0\r\na=rtcp-mux"),
    "a bundle that names a track taken out": lambda text: re.sub(r"(a=group:BUNDLE .*)\r", r"\1 gone\r", text),
    "media over TCP": lambda text: text.replace("UDP/TLS/RTP", "TCP/DTLS/RTP"),
    "lines that the stack chokes on": lambda text: text.rstrip() + "\r\na=ssrc:x cname:y\r\na=ssrc-group:FID 1\r\n",
    "parameters in two lines": lambda text: re.sub(r"(a=fmtp:\d+ )([^;\r]*);(.*)", r"\1\2\r\n\1\3", text),
    "blanks in parameters": lambda text: re.sub(r"(a=fmtp:\d+ )(.*)", lambda m: m[1] + m[2].replace(";", " ; "), text),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("loose", LOOSE)
def test_blanks_say_nothing(name: str, loose: str) -> None:
    plain = check_offer(offer(name))
    assert render_sending(check_offer(LOOSE[loose](offer(name)))) == render_sending(plain)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("level-asymmetry-allowed=1; packetization-mode=1 ;profile-level-id = 42e01f", None),
        ("Packetization-Mode=1;profile-level-id=42e01f;", "packetization-mode=1;profile-level-id=42e01f"),
        ("", ""),
    ],
)
def test_parameters_of_a_format_are_passed_on_without_blanks(written: str, read: str | None) -> None:
    text = offer("ffmpeg-8-active")
    pairs = re.search(r"a=fmtp:(\d+) (.*?)\r\n", text)
    assert pairs is not None
    text = text.replace(pairs[0], f"a=fmtp:{pairs[1]} {written}\r\n")
    expected = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" if read is None else read
    lines = [line for line in render_sending(check_offer(text)).splitlines() if line.startswith(f"a=fmtp:{pairs[1]}")]
    assert lines == ([f"a=fmtp:{pairs[1]} {expected}"] if expected else [])


async def test_static_payload_types_need_no_name() -> None:
    """RFC 3551, 6: PCMU and PCMA are known by their numbers; a payload type that is named is what its name says."""
    audio, video = offer("chromium").split("m=video")
    bare = re.sub(r"a=(rtpmap|fmtp|rtcp-fb):.*\r\n", "", re.sub(r"(m=audio .*SAVPF )[^\r]*", r"\g<1>0 8", audio))
    text = f"{bare}m=video{video}"
    lines = [line for line in render_sending(check_offer(text)).split("m=video")[0].splitlines() if "rtpmap" in line]
    assert lines == ["a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000"]
    peer = Peer(check_offer(text), lambda why: None)
    try:
        assert "PCMU/8000" in await peer.answer()
    finally:
        await peer.close()
    assert "PCMU" not in render_sending(check_offer(f"{bare}a=rtpmap:0 opus/48000/2\r\nm=video{video}"))


@pytest.mark.parametrize("length", [1, 36, 256])
def test_a_mid_may_be_long(length: int) -> None:
    text = video_only()
    mid = re.search(r"a=mid:(\S+)", text)
    assert mid is not None
    found = check_offer(re.sub(rf"(a=mid:|a=group:BUNDLE ){mid[1]}\b", rf"\g<1>{'x' * length}", text))
    assert found.mids == ("x" * length,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: re.sub(r"a=mid:\S+\r\n", "", text, count=1), "without a mid"),
        (lambda text: re.sub(r"a=mid:\S+", "a=mid:(x)", text, count=1), "no token"),
        (lambda text: re.sub(r"a=ice-ufrag:.*\r\n", "", text), "are needed"),
        (lambda text: re.sub(r"a=ice-ufrag:.*", "a=ice-ufrag:a-b_c", text), "characters other than"),
        (lambda text: text.replace("\r\n", "\\r\\n"), "v=0 expected"),
        (lambda text: text.replace("VP8/90000", "VP8"), "<encoding>/<clock rate>"),
    ],
)
def test_reasons_are_true(change: Callable[[str], str], reason: str) -> None:
    with pytest.raises(MalformedBody, match=reason):
        check_offer(change(video_only()))

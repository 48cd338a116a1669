"""Offers shaped like those of the clients in use: OBS 30, ffmpeg 8, GStreamer, Chromium, and one with bundle-only."""

from __future__ import annotations

from pathlib import Path

DIRECTORY = Path(__file__).with_name("offers")
NAMES = tuple(sorted(path.stem for path in DIRECTORY.glob("*.sdp")))


def offer(name: str) -> str:
    """The text of an offer, CRLF line ends."""
    return (DIRECTORY / f"{name}.sdp").read_bytes().decode()


def without(text: str, start: str) -> str:
    """The text without the lines that begin with `start`."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(start))


def swap(text: str, old: str, new: str, count: int = -1) -> str:
    """The text with `old` replaced; AssertionError when it is not there."""
    assert old in text, old
    return text.replace(old, new, count)


def video_only(name: str = "chromium") -> str:
    """An offer without its audio section."""
    text = offer(name)
    head, video = text[: text.index("m=audio")], text[text.index("m=video") :]
    return head.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 1").replace("a=group:LS 0 1\r\n", "") + video


def video_twice() -> str:
    """Two video tracks."""
    text = video_only()
    second = text[text.index("m=video") :].replace("a=mid:1", "a=mid:2")
    return text.replace("a=group:BUNDLE 1", "a=group:BUNDLE 1 2") + second


def audio_twice() -> str:
    """Two audio tracks and a video track."""
    text = offer("chromium")
    audio = text[text.index("m=audio") : text.index("m=video")].replace("a=mid:0", "a=mid:2")
    return text.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 2") + audio


def with_data_channel() -> str:
    """A data channel beside audio and video."""
    text = offer("chromium").replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 0 1 2")
    return text + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\na=sctp-port:5000\r\na=sendrecv\r\n"


MALFORMED = {
    "empty": "",
    "prose": "hello, is this a camera?",
    "json": '{"type": "offer", "sdp": "v=0"}',
    "wrong version": swap(offer("chromium"), "v=0", "v=1"),
    "no media": offer("chromium").split("m=audio")[0],
    "a line without =": swap(offer("chromium"), "a=rtcp-mux", "rtcp-mux", 1),
    "a control character": swap(offer("chromium"), "s=-", "s=\x00"),
    "a line separator of Unicode": swap(offer("chromium"), "s=-", "s=\u2028m=video 9 UDP/TLS/RTP/SAVPF 96"),
    "a bare carriage return": swap(offer("chromium"), "s=-", "s=-\ra=ice-lite"),
    "a bad media line": swap(offer("chromium"), "m=video 9", "m=video nine"),
    "a port out of range": swap(offer("chromium"), "m=video 9", "m=video 70000"),
    "a payload type out of range": swap(offer("chromium"), "SAVPF 96 97", "SAVPF 196 97"),
    "a payload type that is no number": swap(offer("chromium"), "SAVPF 96 97", "SAVPF ninety 97"),
    "no mid": without(offer("chromium"), "a=mid:1"),
    "the same mid twice": swap(offer("chromium"), "a=mid:1", "a=mid:0"),
    "no ufrag": without(offer("chromium"), "a=ice-ufrag"),
    "a short password": swap(offer("chromium"), "0BvXrQYlJfU4zL0kUSo2wnZD", "short"),
    "a short fingerprint": swap(offer("chromium"), "a=fingerprint:sha-256 0B:", "a=fingerprint:sha-256 "),
    "an rtpmap without a rate": swap(offer("chromium"), "VP8/90000", "VP8"),
    "a line too long": swap(offer("chromium"), "s=-", "s=" + "x" * 5000),
    "too many lines": offer("chromium") + "a=x\r\n" * 3000,
}
UNACCEPTABLE = {
    "recvonly": swap(offer("chromium"), "a=sendonly", "a=recvonly"),
    "inactive": swap(offer("chromium"), "a=sendonly", "a=inactive"),
    "inactive video beside audio": "a=inactive".join(offer("chromium").rsplit("a=sendonly", 1)),
    "recvonly at the session level": without(offer("chromium"), "a=sendonly").replace("s=-", "s=-\r\na=recvonly"),
    "two video tracks": video_twice(),
    "two audio tracks": audio_twice(),
    "audio alone": swap(offer("chromium").split("m=video")[0], "a=group:BUNDLE 0 1", "a=group:BUNDLE 0"),
    "a data channel": with_data_channel(),
    "two streams": swap(
        offer("chromium"), "7aae 7f0e3c4e-9d0a-4c2c-8d39-51f4f6a1c3c7\r\na=rtcp-mux", "7aaf 7f\r\na=rtcp-mux"
    ),
    "no bundle": without(offer("chromium"), "a=group:BUNDLE"),
    "a bundle of one of two": swap(offer("chromium"), "a=group:BUNDLE 0 1", "a=group:BUNDLE 1"),
    "no rtcp-mux": without(offer("chromium"), "a=rtcp-mux"),
    "no fingerprint": without(offer("chromium"), "a=fingerprint"),
    "a weak fingerprint": swap(offer("chromium"), "a=fingerprint:sha-256", "a=fingerprint:md5"),
    "no setup": without(offer("chromium"), "a=setup"),
    "holdconn": swap(offer("chromium"), "a=setup:actpass", "a=setup:holdconn"),
    "plain RTP": swap(offer("chromium"), "UDP/TLS/RTP/SAVPF", "RTP/AVP"),
    "disabled video": swap(offer("chromium"), "m=video 9", "m=video 0"),
    "a payload type like RTCP": swap(offer("chromium"), "SAVPF 96 97", "SAVPF 73 97"),
    "no codec in common": swap(swap(offer("gstreamer"), "VP8/90000", "AV1/90000"), "s=-", "s=no codec"),
    "H.264 high profile alone": swap(swap(offer("obs-30"), "42e01f", "64001f"), "s=-", "s=high"),
}

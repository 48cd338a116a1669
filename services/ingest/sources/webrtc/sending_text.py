"""A sender's checked description, written again for the WebRTC stack: only what was checked, the transport everywhere.

Host names among the candidates and `end-of-candidates` stay out: the peer may always reach us by checks of its own.
"""

from __future__ import annotations

import re

from services.ingest.sources.webrtc.sdp import Section
from services.ingest.sources.webrtc.sending import Sending

CODEC_ATTRIBUTES = frozenset({"rtpmap", "fmtp", "rtcp-fb"})
EXTENSIONS = frozenset(
    {
        "urn:ietf:params:rtp-hdrext:sdes:mid",
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    }
)


STATIC = {"audio": {"0": "PCMU/8000", "8": "PCMA/8000"}}
"""Payload types that stand for themselves (RFC 3551, 6); the stack wants them named."""


_FMTP = re.compile(r"\d+ (?:(?!apt=)\S|apt=\d+(?=[ ;]|$)).*")
_CNAME = re.compile(r"\d{1,10} cname:.*")
_PAIR = re.compile(r"FID \d{1,10} \d{1,10}")


def render_sending(sending: Sending) -> str:
    """It as SDP with CRLF line ends."""
    lines = ["v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(sending.bundle)}"]
    if sending.transport.ice_lite:
        lines.append("a=ice-lite")
    for section, mid in zip(sending.sections, sending.mids, strict=True):
        lines += [f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {' '.join(section.formats)}", "c=IN IP4 0.0.0.0"]
        lines += [f"a=mid:{mid}", "a=sendonly", "a=rtcp-mux"]
        lines += _transport(sending)
        kept = [(name, _even(name, value)) for name, value in section.attributes.pairs]
        kept += _unnamed(section)
        lines += [f"a={name}:{value}" for name, value in _merged(kept) if _kept(name, value)]
        if mid == sending.bundle[0]:
            lines += [f"a=candidate:{candidate.attribute()}" for candidate in sending.candidates]
    return "\r\n".join(lines) + "\r\n"


def _unnamed(section: Section) -> list[tuple[str, str]]:
    """The `rtpmap` lines that a section leaves out for static payload types."""
    named = {value.split()[0] for value in section.attributes.all("rtpmap")}
    known = STATIC.get(section.kind, {})
    return [("rtpmap", f"{one} {known[one]}") for one in section.formats if one in known and one not in named]


def _transport(sending: Sending) -> list[str]:
    transport = sending.transport
    lines = [f"a=ice-ufrag:{transport.ufrag}", f"a=ice-pwd:{transport.pwd}", f"a=setup:{transport.setup}"]
    return lines + [f"a=fingerprint:{algorithm} {digest}" for algorithm, digest in transport.fingerprints]


def _even(name: str, value: str | None) -> str:
    """A value with one blank between words, and a format's parameters without any: `name=value;name=value`.

    RFC 6184 and RFC 8866 leave blanks around the semicolons of `fmtp` open; some clients write them, the stack takes
    them for a part of the parameter's name.
    """
    words = " ".join((value or "").split())
    if name != "fmtp":
        return words
    payload_type, _, parameters = words.partition(" ")
    pairs = (one.partition("=") for one in parameters.split(";") if one.strip())
    return f"{payload_type} " + ";".join(f"{key.strip().lower()}{equals}{rest.strip()}" for key, equals, rest in pairs)


def _merged(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The `fmtp` lines of one payload type as one, where its first one stands: the stack takes the last alone."""
    parameters: dict[str, list[str]] = {}
    for name, value in lines:
        if name == "fmtp":
            payload_type, _, rest = value.partition(" ")
            parameters.setdefault(payload_type, []).append(rest)
    found: list[tuple[str, str]] = []
    for name, value in lines:
        if name != "fmtp":
            found.append((name, value))
        elif (of := parameters.pop(value.partition(" ")[0], None)) is not None:
            found.append((name, f"{value.partition(' ')[0]} {';'.join(one for one in of if one)}"))
    return found


def _kept(name: str, value: str) -> bool:
    if name == "fmtp":
        return bool(_FMTP.fullmatch(value))
    if name in CODEC_ATTRIBUTES:
        return bool(value)
    if name == "extmap":
        return value.rsplit(" ", 1)[-1] in EXTENSIONS
    if name == "ssrc":
        return bool(_CNAME.fullmatch(value))
    return name == "ssrc-group" and bool(_PAIR.fullmatch(value))

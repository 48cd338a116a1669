"""Which SDP of a sender ingest receives: one video track, at most one audio track, one bundled transport.

RFC 9725, section 4.2 (offer and answer), RFC 9429 (JSEP), RFC 9143 (BUNDLE), RFC 8842 (DTLS roles). A description is
taken whole or refused whole; no media section is refused alone. Transport attributes are read from the bundle's tagged
section or from the session level (OBS), and `setup` may be active, passive or actpass (ffmpeg offers all three).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.ingest.sources.webrtc.candidates import Candidate, usable_candidates
from services.ingest.sources.webrtc.errors import MalformedDescription, SdpSyntaxError, UnservedDescription
from services.ingest.sources.webrtc.sdp import Attributes, Description, Section, read_description

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
SETUPS = frozenset({"actpass", "active", "passive"})
DIGEST_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
FORBIDDEN_PAYLOAD_TYPES = frozenset(range(72, 77))  # RFC 5761, section 4: they look like RTCP
PROTOCOLS = frozenset(
    {*("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP"), "RTP/SAVPF", "RTP/SAVP"}
)
"""The secure ones of RFC 9429, section 5.1.2, which say no more than that: the fingerprint makes it DTLS-SRTP."""

_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PWD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_RTPMAP = re.compile(r"\d{1,3}\s+[^\s/]+/[1-9]\d{0,8}(?:/[1-9]\d{0,3})?")
_MID = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,256}")


@dataclass(frozen=True)
class Transport:
    """The peer's side of the one transport. fingerprints: (algorithm, colon-separated hex), at least one."""

    ufrag: str
    pwd: str
    setup: str
    fingerprints: tuple[tuple[str, str], ...]
    ice_lite: bool


@dataclass(frozen=True)
class Sending:
    """A checked description. sections: in the order of the text; bundle: the mids, the tagged one first."""

    sections: tuple[Section, ...]
    mids: tuple[str, ...]
    bundle: tuple[str, ...]
    transport: Transport
    candidates: tuple[Candidate, ...]

    @property
    def has_audio(self) -> bool:
        """Whether an audio section comes along."""
        return any(section.kind == "audio" for section in self.sections)


def check_sending(text: str) -> Sending:
    """Read and check an offer to send, or an answer that sends.

    Raises:
        MalformedDescription: not a session description.
        UnservedDescription: a session description of what ingest does not receive.
    """
    try:
        description = read_description(text)
    except SdpSyntaxError as error:
        raise MalformedDescription(str(error)) from None
    _check_kinds(description)
    mids = tuple(_mid(section) for section in description.sections)
    if len(set(mids)) != len(mids):
        raise MalformedDescription("a mid occurs twice")
    bundle = _bundle(description, mids)
    for section in description.sections:
        _check_section(section, description.attributes, section.attributes.first("mid") == bundle[0])
    _check_streams(description)
    tagged = description.sections[mids.index(bundle[0])]
    values = [value for section in description.sections for value in section.attributes.all("candidate")]
    return Sending(
        tuple(description.sections),
        mids,
        bundle,
        _transport(description, tagged),
        usable_candidates(values),
    )


def _check_kinds(description: Description) -> None:
    kinds = [section.kind for section in description.sections]
    if not kinds:
        raise MalformedDescription("no media section")
    if kinds.count("video") != 1:
        raise UnservedDescription("exactly one video track is needed")
    if kinds.count("audio") > 1:
        raise UnservedDescription("more than one audio track")
    if set(kinds) - {"audio", "video"}:
        raise UnservedDescription("only audio and video are served")


def _mid(section: Section) -> str:
    mid = section.attributes.first("mid")
    if mid is None:
        raise MalformedDescription("a media section without a mid")
    if not _MID.fullmatch(mid):
        raise MalformedDescription("a mid that is no token, or of more than 256 characters")
    return mid


def _bundle(description: Description, mids: tuple[str, ...]) -> tuple[str, ...]:
    groups = [value.split() for value in description.attributes.all("group")]
    bundles = [tuple(mid for mid in group[1:] if mid in mids) for group in groups if group[:1] == ["BUNDLE"]]
    if not bundles and len(mids) == 1:
        return mids
    if len(bundles) != 1 or sorted(bundles[0]) != sorted(mids):
        raise UnservedDescription("all media sections must be in one BUNDLE group")
    return bundles[0]


def _check_section(section: Section, session: Attributes, tagged: bool) -> None:
    if section.protocol not in PROTOCOLS:
        raise UnservedDescription("media must be secured by DTLS-SRTP")
    if section.port == 0 and (tagged or not section.attributes.has("bundle-only")):
        raise UnservedDescription("a media section is disabled")
    if direction(section, session) not in ("sendonly", "sendrecv"):
        raise UnservedDescription("every track must be sent: sendonly or sendrecv")
    muxed = section.attributes.has("rtcp-mux") or session.has("rtcp-mux")
    if not muxed and not section.attributes.has("bundle-only"):
        raise UnservedDescription("rtcp-mux is needed")
    if not all(_RTPMAP.fullmatch(value) for value in section.attributes.all("rtpmap")):
        raise MalformedDescription("an rtpmap that is not <payload type> <encoding>/<clock rate>")
    for number in section.formats:
        if not number.isascii() or not number.isdecimal() or int(number) > 127:
            raise MalformedDescription("a payload type outside 0..127")
        if int(number) in FORBIDDEN_PAYLOAD_TYPES:
            raise UnservedDescription("a payload type that collides with RTCP")


def direction(section: Section, session: Attributes) -> str:
    """A section's direction: its own, else the session's, else sendrecv (RFC 8866, section 6.7)."""
    for attributes in (section.attributes, session):
        for name, _ in attributes.pairs:
            if name in DIRECTIONS:
                return name
    return "sendrecv"


def _check_streams(description: Description) -> None:
    named = [value.split()[:1] for section in description.sections for value in section.attributes.all("msid")]
    streams = {name[0] for name in named if name and name[0] != "-"}
    if len(streams) > 1:
        raise UnservedDescription("more than one MediaStream")


def _transport(description: Description, tagged: Section) -> Transport:
    def read(name: str) -> str | None:
        own = tagged.attributes.first(name)
        return own if own is not None else description.attributes.first(name)

    ufrag, pwd, setup = read("ice-ufrag"), read("ice-pwd"), read("setup")
    if ufrag is None or pwd is None:
        raise MalformedDescription("ice-ufrag and ice-pwd are needed")
    if not _UFRAG.fullmatch(ufrag) or not _PWD.fullmatch(pwd):
        reason = "ice-ufrag or ice-pwd is too short, too long, or has characters other than A-Za-z0-9+/"
        raise MalformedDescription(reason)
    setup = setup.lower() if setup is not None else None
    if setup is None or setup not in SETUPS:
        raise UnservedDescription("setup must be actpass, active or passive")
    lines = tagged.attributes.all("fingerprint") or description.attributes.all("fingerprint")
    fingerprints = tuple(one for one in (_fingerprint(line) for line in lines) if one is not None)
    if not fingerprints:
        raise UnservedDescription("no certificate fingerprint with SHA-256 or better")
    return Transport(ufrag, pwd, setup, fingerprints, description.attributes.has("ice-lite"))


def _fingerprint(value: str) -> tuple[str, str] | None:
    algorithm, _, digest = " ".join(value.split()).partition(" ")
    size = DIGEST_BYTES.get(algorithm.lower())
    if size is None:
        return None
    if not re.fullmatch(rf"(?:[0-9A-Fa-f]{{2}}:){{{size - 1}}}[0-9A-Fa-f]{{2}}", digest):
        raise MalformedDescription("a malformed fingerprint")
    return algorithm.lower(), digest.upper()

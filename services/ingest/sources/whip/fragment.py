"""Trickle fragments (RFC 8840, `application/trickle-ice-sdpfrag`) and what a PATCH asks for (RFC 9725, 4.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.ingest.sources.webrtc.candidates import Candidate, usable_candidates
from services.ingest.sources.webrtc.errors import SdpSyntaxError
from services.ingest.sources.webrtc.sdp import read_fragment
from services.ingest.sources.whip.errors import (
    MalformedBody,
    MalformedPrecondition,
    PreconditionFailed,
    PreconditionRequired,
    RestartUnsupported,
)

_LIST = re.compile(r'\s*(?:W/)?"[!#-~]*"(?:\s*,\s*(?:W/)?"[!#-~]*")*\s*')
_TAG = re.compile(r'(W/)?("[!#-~]*")')


@dataclass(frozen=True)
class Fragment:
    """ufrag, pwd: its ICE generation, None when unsaid. candidates: (mid, candidate), usable ones only."""

    ufrag: str | None
    pwd: str | None
    candidates: tuple[tuple[str, Candidate], ...]


def read_trickle(text: str) -> Fragment:
    """Read a fragment. Raises MalformedBody."""
    try:
        description = read_fragment(text)
    except SdpSyntaxError as error:
        raise MalformedBody(str(error)) from None
    everywhere = [description.attributes, *(section.attributes for section in description.sections)]
    ufrags = {value for attributes in everywhere for value in attributes.all("ice-ufrag")}
    passwords = {value for attributes in everywhere for value in attributes.all("ice-pwd")}
    if len(ufrags) > 1 or len(passwords) > 1:
        raise MalformedBody("more than one ICE generation")
    if description.attributes.has("candidate"):
        raise MalformedBody("a candidate outside a media section")
    if not any(
        attributes.has(name) for attributes in everywhere for name in ("candidate", "ice-ufrag", "end-of-candidates")
    ):
        raise MalformedBody("neither candidates nor ICE credentials")
    found = [
        (section.attributes.first("mid") or "", candidate)
        for section in description.sections
        for candidate in usable_candidates(section.attributes.all("candidate"))
    ]
    return Fragment(next(iter(ufrags), None), next(iter(passwords), None), tuple(found))


def check_precondition(if_match: str | None, etag: str) -> None:
    """Whether a PATCH may act on the session whose strong entity tag is `etag` (RFC 9110, 13.1.1; RFC 6585, 3).

    `*`, and the `"*"` that RFC 9725 prints in its example, match any session.

    Raises:
        PreconditionRequired: no If-Match.
        MalformedPrecondition: not `*` and not a list of quoted tags.
        PreconditionFailed: none of the tags is the session's; weak ones never are.
    """
    if if_match is None:
        raise PreconditionRequired("send the session's entity tag in If-Match")
    if if_match.strip() in ("*", '"*"'):
        return
    if not _LIST.fullmatch(if_match):
        raise MalformedPrecondition("If-Match is `*` or a list of quoted entity tags")
    if not any(tag == etag for weak, tag in _TAG.findall(if_match) if not weak):
        raise PreconditionFailed("the session has another entity tag")


def check_generation(fragment: Fragment, ufrag: str, pwd: str) -> None:
    """Raises RestartUnsupported when the fragment's credentials are not the session's (ufrag, pwd)."""
    if fragment.ufrag not in (None, ufrag) or fragment.pwd not in (None, pwd):
        raise RestartUnsupported("delete the session and post a new offer; this one goes on")

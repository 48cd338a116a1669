"""Every link from a camera to the ward, with the first broken one: what the page of chains draws. Pure.

A link behind a broken one may work or not: nothing passes that would show it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.alerts.phrase import Phrase
from services.alerts.policy.technical import PICTURE_WORDS, REASON, STATES, Severity, TechnicalCondition, Watched


class LinkState(StrEnum):
    """good; bad: the broken link; advice: works, with something worth knowing; behind: nothing passes to show it."""

    GOOD = "good"
    ADVICE = "advice"
    BAD = "bad"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Link:
    """One link. text: what it says; since: when that began, if known."""

    name: str
    state: LinkState
    text: str
    since: datetime | None = None


OFFLINE, STALLED = STATES["ingest", "offline"][1], STATES["ingest", "stalled"][1]
REASON_WORD = re.compile(r"[a-z][a-z_]{0,39}")
"""Rooms may tell anything."""
CONSENT = "Consent"
SCORING = "Secure scoring"
MODES = {
    "two-party/passive": "Scores, with one edge server",
    "three-servers/passive": "Scores, among three servers",
    "three-servers/active": "Scores, among three servers of which one may cheat",
    "four-servers/active": "Scores, among four servers of which one may cheat",
}
"""What the link of the scoring says, by the mode of the newest level."""
PARTS = (
    ("Camera", ("ingest.offline", "ingest.stalled", "ingest.connecting", "unlisted", "clock"), "Sends pictures"),
    ("Room device", ("device.silent", "device.unheard", "ingest.silent"), "Heard"),
    (
        CONSENT,
        (
            *("ingest.paused", "ingest.consent_withdrawn", "ingest.no_consent", "ingest.consent_unknown"),
            "consent_refused",
        ),
        "Allowed",
    ),
    ("Face detection", ("keyframe.",), "Face in view"),
    (SCORING, ("snni_client.",), "Scores"),
    ("Levels", ("stale", "unassessed"), "Come in"),
)
"""The links before the ward: their names, the codes that speak of them, and what they say when all is well.

A code that ends with a dot or a line is every code that begins so.
"""
UNASKED = "Not asked for: processed without one"
AUDIT = ("audit", "audit_broken", "audit_cut", "heads_bus", "heads_file")
SERVICE_PARTS = (
    ("Message bus", ("bus", "catching_up", "started_over"), "Connected"),
    (
        "Ward service",
        ("timers", "redis", "database", *AUDIT, "clock_set", "consent_key", "probe", "certificate_"),
        "Runs",
    ),
    ("Screens and receivers", ("webhook", "unnotified"), "Reached"),
)


def camera_links(
    camera: Watched, found: Sequence[TechnicalCondition], service: Sequence[TechnicalCondition]
) -> list[Link]:
    """Every link of one camera. found: its technical conditions; service: those of the service itself."""
    silent_device = any(one.code.startswith("device.") for one in found)
    links = [_link(name, codes, well, found) for name, codes, well in PARTS]
    if silent_device:
        links[0] = Link("Camera", LinkState.BEHIND, "Not known")
    ingest = camera.components.get("ingest")
    if links[0].state is LinkState.GOOD and ingest is not None:
        links[0] = Link("Camera", LinkState.GOOD, PICTURE_WORDS.get(ingest.status, ingest.status), ingest.since)
    if ingest is not None:
        links[0] = _explained(links[0], dict(ingest.told).get(REASON, ""))
    if ingest is not None and "consent_asks" not in dict(ingest.told):
        links = [_unasked(one) for one in links]
    links = [_scored(one, camera.mode) for one in links]
    links += [_link(name, codes, well, service) for name, codes, well in SERVICE_PARTS]
    return _behind(links)


def _link(name: str, codes: Sequence[str], well: str, found: Sequence[TechnicalCondition]) -> Link:
    kinds = tuple(code for code in codes if code.endswith((".", "_")))
    for one in sorted(found, key=lambda one: one.severity is not Severity.ALARM):
        if one.code in codes or one.code.startswith(kinds):
            state = LinkState.BAD if one.severity is Severity.ALARM else LinkState.ADVICE
            return Link(name, state, one.text, one.since)
    return Link(name, LinkState.GOOD, well)


def _explained(link: Link, reason: str) -> Link:
    """The link of a camera that is offline, or stalled, with the reason, as the installer's page lists it, where there
    is one."""
    if link.text not in (OFFLINE, STALLED) or not REASON_WORD.fullmatch(reason):
        return link
    if link.text == OFFLINE:
        return replace(link, text=Phrase("Camera offline: %(reason)s", reason=reason))
    return replace(link, text=Phrase("Picture stalled: %(reason)s", reason=reason))


def _unasked(link: Link) -> Link:
    """The link of consents where the room asks for none, which its switch says."""
    good = link.name == CONSENT and link.state is LinkState.GOOD
    return Link(CONSENT, LinkState.ADVICE, UNASKED) if good else link


def _scored(link: Link, mode: str | None) -> Link:
    """The link of the scoring with among whom it is done, where the room says so; a mode unknown here is named."""
    if link.name != SCORING or link.state is not LinkState.GOOD or mode is None:
        return link
    return replace(link, text=MODES.get(mode) or Phrase("Scores, in a mode called %(mode)s", mode=mode))


def _behind(links: list[Link]) -> list[Link]:
    """Links of the room behind the first broken one say nothing of themselves; those of the ward do."""
    broken = next((index for index, one in enumerate(links) if one.state is LinkState.BAD), None)
    if broken is None:
        return links
    return [
        Link(one.name, LinkState.BEHIND, "Not known") if broken < index < len(PARTS) else one
        for index, one in enumerate(links)
    ]

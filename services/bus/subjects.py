"""The registry of subjects and streams. No other file spells one.

    frames.v1.<site>.<camera>                     room only   core NATS
    crops.v1.<site>.<camera>                      room only   stream CROPS (leaf, memory, work queue)
    pain.v1.<ward>.<room>.<camera>                exported    stream OUT (leaf, file) -> WARD (hub, file)
    state.v1.<ward>.<room>.<camera>.<component>   exported    stream OUT (leaf, file) -> WARD (hub, file)
    clip.v1.<ward>.<room>.<camera>                exported    stream OUT (leaf, file) -> WARD (hub, file)
    consent.v1.<ward>.<room>.<camera>             enters      core NATS, from the hub into the room; signed, said again
    alert.v1.<site>                               ward only   stream LEDGER (hub, file)
    lease.v1.<site>                               ward only   stream LEASE (hub, file)
    head.v1.<site>                                ward only   stream HEADS (hub, file)

What is not exported never leaves the room, and nothing but what enters comes into it: permissions, exports and the
leaf's configuration are generated from `FAMILIES`. A new version of a message is a new version token beside the old
one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from services.bus.errors import SubjectError, UnknownType, UnknownVersion

VERSION = "v1"
Component = Literal["ingest", "keyframe", "snni_client"]
COMPONENTS: tuple[Component, ...] = get_args(Component)

_TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True)
class Family:
    """All subjects of one noun: `<noun>.<version>.<scope...>`.

    exported: the room sends it to the ward. enters: the ward sends it into the room. Neither: it stays in the room.
    """

    noun: str
    scope: tuple[str, ...]
    exported: bool
    enters: bool = False

    @property
    def all(self) -> str:
        """The wildcard of every version and scope."""
        return f"{self.noun}.>"

    @property
    def crosses(self) -> bool:
        """Whether it passes between room and ward: as JSON, of few bytes."""
        return self.exported or self.enters


FRAMES = Family("frames", ("site", "camera"), exported=False)
CROPS = Family("crops", ("site", "camera"), exported=False)
PAIN = Family("pain", ("ward", "room", "camera"), exported=True)
STATE = Family("state", ("ward", "room", "camera", "component"), exported=True)
CLIP = Family("clip", ("ward", "room", "camera"), exported=True)
CONSENT = Family("consent", ("ward", "room", "camera"), exported=False, enters=True)
ALERT = Family("alert", ("site",), exported=False)
LEASE = Family("lease", ("site",), exported=False)
HEAD = Family("head", ("site",), exported=False)
FAMILIES = (FRAMES, CROPS, PAIN, STATE, CLIP, CONSENT, ALERT, LEASE, HEAD)
OF_THE_WARD = (ALERT, LEASE, HEAD)
"""What the ward's service tells on the hub; nothing of a room carries it."""

FRAMES_ALL = FRAMES.all
CROPS_ALL = CROPS.all
PAIN_ALL = PAIN.all
STATE_ALL = STATE.all
CLIP_ALL = CLIP.all
CONSENT_ALL = f"{CONSENT.noun}.{VERSION}.*.*.*"
"""Of this version, whichever camera: what a room hears."""

STREAM_CROPS = "CROPS"
STREAM_OUT = "OUT"
STREAM_WARD = "WARD"
STREAM_LEDGER = "LEDGER"
STREAM_LEASE = "LEASE"
STREAM_HEADS = "HEADS"

DURABLE_SNNI_CLIENT = "snni-client"
DURABLE_ALERTS = "alerts"

ACCOUNT_STATISTICS = "$SYS.REQ.ACCOUNT.PING.STATZ"
"""Asked by whoever may: what passed through its own account, of which alone the server tells it."""


def token(text: str) -> str:
    """`text` itself, when it is a legal token; raises SubjectError otherwise."""
    if not _TOKEN.fullmatch(text):
        raise SubjectError(text)
    return text


def _subject(family: Family, *scope: str) -> str:
    return ".".join((family.noun, VERSION, *scope))


def frames(site: str, camera: str) -> str:
    """Subject of a camera's sampled frames. Raises SubjectError."""
    return _subject(FRAMES, token(site), token(camera))


def crops(site: str, camera: str) -> str:
    """Subject of a camera's face crops. Raises SubjectError."""
    return _subject(CROPS, token(site), token(camera))


def pain(ward: str, room: str, camera: str) -> str:
    """Subject of a camera's pain levels. Raises SubjectError."""
    return _subject(PAIN, token(ward), token(room), token(camera))


def state(ward: str, room: str, camera: str, component: str) -> str:
    """Subject of a camera's technical state as one component sees it. Raises SubjectError."""
    if component not in COMPONENTS:
        raise SubjectError(component)
    return _subject(STATE, token(ward), token(room), token(camera), component)


def clip(ward: str, room: str, camera: str) -> str:
    """Subject of the labels of a camera's clips. Raises SubjectError."""
    return _subject(CLIP, token(ward), token(room), token(camera))


def consent(ward: str, room: str, camera: str) -> str:
    """Subject of what the ward says may be done with a camera. Raises SubjectError."""
    return _subject(CONSENT, token(ward), token(room), token(camera))


def alert(site: str) -> str:
    """Subject of every change of a site's alerts. Raises SubjectError."""
    return _subject(ALERT, token(site))


def lease(site: str) -> str:
    """Subject of who leads a site. Raises SubjectError."""
    return _subject(LEASE, token(site))


def head(site: str) -> str:
    """Subject of the signed heads of a site's audit log. Raises SubjectError."""
    return _subject(HEAD, token(site))


@dataclass(frozen=True)
class Address:
    """A subject taken apart: its family and scope by name."""

    family: Family
    scope: dict[str, str]


def parse(subject: str) -> Address:
    """Take a subject apart.

    Raises:
        UnknownType: no family has this noun, number of tokens or spelling.
        UnknownVersion: the family is known, this version of it is not.
    """
    noun, _, rest = subject.partition(".")
    family = next((one for one in FAMILIES if one.noun == noun), None)
    if family is None:
        raise UnknownType(subject, "no such subject in the registry")
    version, *scope = rest.split(".")
    if version != VERSION:
        raise UnknownVersion(subject, f"version {version[:16]!r}")
    if len(scope) != len(family.scope):
        raise UnknownType(subject, f"{len(scope)} scope tokens, not {len(family.scope)}")
    named = dict(zip(family.scope, scope, strict=True))
    for name, text in named.items():
        legal = text in COMPONENTS if name == "component" else _TOKEN.fullmatch(text) is not None
        if not legal:
            raise UnknownType(subject, f"the {name} token is not legal")
    return Address(family, named)

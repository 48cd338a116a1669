"""Control messages: who the parties are, what they agree on, and the tickets that tie live and bulk to control.

CPython's ssl offers no TLS exporter in 3.11, so live and bulk are bound to their control session by a 32-byte random
ticket handed out over the control stream, and by the same client certificate (compared byte for byte).
"""

from __future__ import annotations

import hashlib
import json
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from snni.errors import HandshakeError, WireError
from snni.twoparty.nonlinear.compare import ComparisonName
from snni.twoparty.nonlinear.comparisons import DEFAULT, LinkName
from snni.twoparty.ot.params import ExtensionName
from snni.wire.channel import Channel

VERSION = 12
# Frame tags 0x02-0x0f; transport has 0x01, oblivious transfer 0x10-0x1f, nonlinear 0x20-0x3f, frames 0x40-0x4f.
HELLO, WELCOME, ACCEPT, PUBLIC_KEY, READY = 0x02, 0x03, 0x04, 0x05, 0x06  # control; HELLO and READY on every stream
PING, PONG = 0x07, 0x08  # control
REQUEST, DONE = 0x09, 0x0A  # bulk
CLAIM = 0x0B  # live
ADDED, VERDICT, SHOWN = 0x0C, 0x0D, 0x0E  # bulk, where the server audits; 0x0F is a unit's key (audit/unit.py)
KEEP, SHOW = b"\x00", b"\x01"

MAX_CONTROL_BYTES = 8 << 20
MAX_HELLO_BYTES = 4096
MAX_AUDIT = 1000
Hex32 = Field(pattern=r"^[0-9a-f]{64}$")


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


Message = TypeVar("Message", bound=_Message)


class Hello(_Message):
    """First frame of every connection. ticket: from Welcome, on live and bulk only. scores, ot, comparison (on
    the wire "gadget"), link (what that is chosen for), video (labels of videos in place of levels of images): on
    control only."""

    version: int
    stream: Literal["control", "live", "bulk"]
    ticket: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", repr=False)
    scores: bool = False
    ot: ExtensionName = "ferret"
    comparison: ComparisonName = Field(default=DEFAULT, alias="gadget")
    link: LinkName = "loopback"
    video: bool = False


class Welcome(_Message):
    """plan: its canonical JSON. agreed: digest over everything both sides must hold equal. ot: what is offered.

    max_age_s, max_transfers: when the server ends the session. audit: of so many units it asks to be shown one; 0: of
    none. video: (frames of a video, of which are selected), where the client asks for videos.
    """

    plan: str
    epoch: str = Field(pattern=r"^[0-9a-f]{32}$")
    ticket: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    agreed: str = Hex32
    ot: tuple[ExtensionName, ...] = Field(min_length=1, max_length=2)
    max_batch: int = Field(ge=1, le=64)
    max_prepared: int = Field(ge=1, le=64)
    max_age_s: float = Field(gt=0, le=1e9)
    max_transfers: int = Field(ge=1, lt=1 << 62)
    audit: int = Field(default=0, ge=0, le=MAX_AUDIT)
    video: tuple[int, int] | None = None


class Accept(_Message):
    """The client holds the same digest."""

    agreed: str = Hex32


class Request(_Message):
    """Bulk work: the linear phase of `count` inferences from `number` on, or the nonlinear phase of `number`; or all
    of video `number`, where the session is for videos.

    commitment: to the seed of the unit that a linear phase begins; where the server audits, and only there.
    """

    kind: Literal["linear", "nonlinear", "video"]
    number: int = Field(ge=0, lt=1 << 62)
    count: int = Field(default=1, ge=1, le=64)
    commitment: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


class Claim(_Message):
    """The correlations that the next inference uses up."""

    number: int = Field(ge=0, lt=1 << 62)


def agreed_digest(plan_hash: str, scores: bool, parameters: dict[str, object]) -> str:
    """SHA-256 over version, plan, mode and every protocol parameter that must match."""
    text = json.dumps([VERSION, plan_hash, scores, parameters], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def send(channel: Channel, tag: int, message: _Message) -> None:
    channel.send(tag, message.model_dump_json().encode())


def receive(channel: Channel, tag: int, kind: type[Message], limit: int = MAX_CONTROL_BYTES) -> Message:
    """Raises WireError when the peer's JSON is not a valid message."""
    return parse(bytes(channel.recv(tag, limit)), kind)


def parse(body: bytes, kind: type[Message]) -> Message:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        where = str((*error.errors(include_input=False)[0]["loc"], "body")[0])
        fields = {field.alias or name for name, field in kind.model_fields.items()}
        named = where if where in fields or where == "body" else "field"  # not the peer's own words
        raise WireError(f"{kind.__name__}: bad {named}") from None


def check_version(version: int) -> None:
    if version != VERSION:
        raise HandshakeError("version", f"the peer speaks version {version}, this party {VERSION}")

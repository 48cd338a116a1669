"""The envelope as NATS headers: CloudEvents 1.0 in binary mode, W3C Trace Context, and the project's own `vw-*`.

    ce-specversion 1.0            ce-type  veilward.<noun>.v1      ce-datacontenttype
    ce-id <camera>-<producer>-<sequence>
    ce-source /<site>/<ward>/<room>/<camera>
    ce-time captured_at           vw-published-at                  RFC 3339, UTC, microseconds
    vw-schema 1                   traceparent (optional)           vw-mode (of pain, optional)
    Nats-Msg-Id <noun>[-<component>]-<ce-id>                       durable messages only
A durable message's id carries the kind because pain and state of one producer share a stream.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import ValidationError

from services.bus.errors import BadHeader, MissingHeader, UnknownType, UnknownVersion
from services.bus.models import CameraRef, Envelope
from services.bus.subjects import VERSION, Address, Family

CE_ID = "ce-id"
CE_SOURCE = "ce-source"
CE_TYPE = "ce-type"
CE_TIME = "ce-time"
CE_SPECVERSION = "ce-specversion"
CE_CONTENT_TYPE = "ce-datacontenttype"
TRACEPARENT = "traceparent"
SCHEMA = "vw-schema"
PUBLISHED_AT = "vw-published-at"
MSG_ID = "Nats-Msg-Id"

SCHEMA_VERSION = "1"
SPEC_VERSION = "1.0"
MAX_HEADER_CHARS = 256

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")
_NUMBER = re.compile(r"0|[1-9]\d{0,18}")


def event_type(family: Family) -> str:
    """The CloudEvents type of a family."""
    return f"veilward.{family.noun}.{VERSION}"


def time_text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def encode_envelope(family: Family, envelope: Envelope, content_type: str) -> dict[str, str]:
    """The headers that every message has."""
    where = envelope.camera
    found = {
        CE_SPECVERSION: SPEC_VERSION,
        CE_TYPE: event_type(family),
        CE_ID: f"{where.camera}-{envelope.producer}-{envelope.sequence}",
        CE_SOURCE: f"/{where.site}/{where.ward}/{where.room}/{where.camera}",
        CE_TIME: time_text(envelope.captured_at),
        CE_CONTENT_TYPE: content_type,
        SCHEMA: SCHEMA_VERSION,
        PUBLISHED_AT: time_text(envelope.published_at),
    }
    if envelope.traceparent is not None:
        found[TRACEPARENT] = envelope.traceparent
    return found


class HeaderReader:
    """Typed reads of one message's headers; every failure names the header, never its value."""

    def __init__(self, subject: str, headers: Mapping[str, str] | None) -> None:
        self.subject = subject
        self._headers = headers or {}

    def text(self, name: str) -> str:
        """Raises MissingHeader, BadHeader (too long)."""
        found = self._headers.get(name)
        if found is None:
            raise MissingHeader(self.subject, name)
        if len(found) > MAX_HEADER_CHARS:
            raise BadHeader(self.subject, name)
        return found

    def exactly(self, name: str, expected: str) -> None:
        """Raises MissingHeader, BadHeader (another value)."""
        if self.text(name) != expected:
            raise BadHeader(self.subject, name)

    def number(self, name: str) -> int:
        """A non-negative decimal without leading zeros. Raises MissingHeader, BadHeader."""
        found = self.text(name)
        if not _NUMBER.fullmatch(found):
            raise BadHeader(self.subject, name)
        return int(found)

    def ratio(self, name: str) -> float:
        """A number in 0..1. Raises MissingHeader, BadHeader."""
        try:
            found = float(self.text(name))
        except ValueError:
            raise BadHeader(self.subject, name) from None
        if not 0.0 <= found <= 1.0:
            raise BadHeader(self.subject, name)
        return found

    def flag(self, name: str) -> bool:
        """`true` or `false`. Raises MissingHeader, BadHeader."""
        found = self.text(name)
        if found not in ("true", "false"):
            raise BadHeader(self.subject, name)
        return found == "true"

    def moment(self, name: str) -> datetime:
        """A time as `time_text` writes it. Raises MissingHeader, BadHeader."""
        found = self.text(name)
        if not _TIME.fullmatch(found):
            raise BadHeader(self.subject, name)
        try:
            return datetime.fromisoformat(found)
        except ValueError:
            raise BadHeader(self.subject, name) from None

    def camera(self, address: Address) -> CameraRef:
        """The source, which must agree with every part that the subject names. Raises MissingHeader, BadHeader."""
        parts = self.text(CE_SOURCE).split("/")
        if len(parts) != 5 or parts[0]:
            raise BadHeader(self.subject, CE_SOURCE)
        named = dict(zip(("site", "ward", "room", "camera"), parts[1:], strict=True))
        if any(named.get(name, text) != text for name, text in address.scope.items()):
            raise BadHeader(self.subject, CE_SOURCE)
        try:
            return CameraRef(**named)
        except ValidationError:
            raise BadHeader(self.subject, CE_SOURCE) from None


def check_schema(reader: HeaderReader, address: Address, content_type: str) -> None:
    """Raises UnknownVersion, UnknownType, MissingHeader, BadHeader."""
    if reader.text(SCHEMA) != SCHEMA_VERSION:
        raise UnknownVersion(reader.subject, SCHEMA)
    if reader.text(CE_TYPE) != event_type(address.family):
        raise UnknownType(reader.subject, CE_TYPE)
    reader.exactly(CE_SPECVERSION, SPEC_VERSION)
    reader.exactly(CE_CONTENT_TYPE, content_type)


def decode_envelope(reader: HeaderReader, address: Address, has_trace: bool) -> Envelope:
    """The envelope. Raises MissingHeader, BadHeader."""
    camera = reader.camera(address)
    name, *rest = reader.text(CE_ID).rsplit("-", 2)
    if len(rest) != 2 or name != camera.camera or not _NUMBER.fullmatch(rest[1]):
        raise BadHeader(reader.subject, CE_ID)
    try:
        return Envelope(
            camera=camera,
            sequence=int(rest[1]),
            producer=rest[0],
            captured_at=reader.moment(CE_TIME),
            published_at=reader.moment(PUBLISHED_AT),
            traceparent=reader.text(TRACEPARENT) if has_trace else None,
        )
    except ValidationError as error:
        field = str(error.errors(include_input=False)[0]["loc"][0])
        raise BadHeader(reader.subject, TRACEPARENT if field == "traceparent" else CE_ID) from None

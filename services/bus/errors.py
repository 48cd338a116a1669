"""What can go wrong on the bus.

BusError
├── SubjectError          a token is not a legal subject token (also a ValueError)
├── MessageError          a message that does not decode; carries the subject and a label for metrics, never the payload
│   ├── MissingHeader     a required header is absent
│   ├── BadHeader         a header is malformed, or contradicts the subject
│   ├── UnknownVersion    a version of the schema that this program does not know
│   ├── UnknownType       a subject outside the registry
│   ├── BadLength         the body's length is not what its headers declare
│   ├── BadShape          a picture's size is outside what the bus carries
│   └── BadBody           a JSON body that is not the declared record
├── BadStatement          what claims to be the ward's word on a camera, and is not signed, or cannot be read
├── TooLarge              a message over the limit; it is not stored and the connection stays up
├── OutOfSequence         a message that was to follow another one: it is not the newest any more
├── BusUnavailable        no server, or no acknowledgement, within the time given; try again
└── BusRefused            the server refused the credentials or the certificate, or denied the subject or the stream
"""

from __future__ import annotations

from typing import ClassVar

from services.runtime.errors import RuntimeFault


class BusError(RuntimeFault):
    """Root of the errors of services.bus."""


class SubjectError(BusError, ValueError):
    """`token` cannot stand in a subject."""

    def __init__(self, token: str) -> None:
        super().__init__(f"not a subject token ([a-z0-9][a-z0-9-]{{0,31}}): {token[:40]!r}")
        self.token = token


class MessageError(BusError):
    """A message on `subject` that does not decode. `label` names the kind in metrics."""

    label: ClassVar[str] = "message"

    def __init__(self, subject: str, what: str) -> None:
        super().__init__(f"{subject[:80]}: {what}")
        self.subject = subject
        self.what = what


class MissingHeader(MessageError):
    """The header named by `what` is absent."""

    label = "missing_header"


class BadHeader(MessageError):
    """The header named by `what` is malformed or contradicts the subject."""

    label = "bad_header"


class UnknownVersion(MessageError):
    """The schema version is none that this program knows."""

    label = "unknown_version"


class UnknownType(MessageError):
    """The subject or the event type is not in the registry."""

    label = "unknown_type"


class BadLength(MessageError):
    """The body has `got` bytes where `expected` were declared."""

    label = "bad_length"

    def __init__(self, subject: str, expected: int, got: int) -> None:
        super().__init__(subject, f"{got} bytes, not the {expected} declared")
        self.expected = expected
        self.got = got


class BadShape(MessageError):
    """The picture's declared size is outside what the bus carries."""

    label = "bad_shape"


class BadBody(MessageError):
    """The JSON body is not the declared record; `what` names fields, never values."""

    label = "bad_body"


class BadStatement(BusError):
    """A statement of the ward's is not to be believed; `why` is one word for logs and states."""

    def __init__(self, why: str) -> None:
        super().__init__(f"a statement of the ward's: {why}")
        self.why = why


class TooLarge(BusError):
    """A message of `size` bytes on `subject` exceeds `limit` (None: the stream's own); nothing was stored."""

    def __init__(self, subject: str, size: int, limit: int | None = None) -> None:
        super().__init__(f"{subject}: {size} bytes exceed the limit of {limit or 'the stream'}")
        self.subject = subject
        self.size = size
        self.limit = limit


class OutOfSequence(BusError):
    """Another message was stored since the one that this one was to follow; nothing was stored."""


class BusUnavailable(BusError):
    """The server cannot be reached, or did not acknowledge in time."""


class BusRefused(BusError):
    """The server refuses this identity, or denies it what it asked for."""

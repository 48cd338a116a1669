"""What the ward says may be done with a camera, signed: the content of `consent.v1`.

A statement is the whole of what holds for one camera, never a change of it: whoever has the newest one needs no other.
It is JSON text, signed as it stands by Ed25519 (RFC 8032) under a key of the ward's, behind a prefix of its own: the
signature counts for nothing else. `number` grows with every statement of a ward's key, whatever the clocks say.

    statement  the ward's alerts              signs it and says it again every few seconds
    hub, leaf                                 pass it on; they can withhold it, and nothing more
    room       ingest                         takes it when the key is one that it was given, the camera is its own, the
                                              number is above every one that it took, and it answers a question that
                                              the room asked not long ago (`services/ingest/consent/`)

The question is random, and new every half minute; the room tells it with the states of its cameras. So a statement
that answers it was made after it was asked, whatever any clock says: one that somebody held back is not taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, StringConstraints, ValidationError, model_validator

from services.bus.errors import BadStatement
from services.bus.models import MAX_STATEMENT_CHARS, CameraRef, Count, Moment, Record

PREFIX = b"veilward consent v1\n"
LONGEST = timedelta(days=7)
"""As long as a room's store keeps levels for a ward that is away: a statement holds no longer."""
MAX_WINDOWS = 16
MAX_LIFTED = 16
Basis = Literal["given", "best_interest", "withdrawn", "none", "review_passed"]
"""given: by the resident, or whoever may for them. best_interest: decided for somebody who cannot."""
ALLOWING: frozenset[Basis] = frozenset({"given", "best_interest"})

Word = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
PauseId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Question = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
_DIGITS = re.compile(r"[0-9a-f]{32}")


def is_id(text: str) -> bool:
    """Whether a text that a room told can be what it should be: a question, or a pause's id."""
    return _DIGITS.fullmatch(text) is not None


class Window(Record):
    """A time in which the camera is paused, by whom and why. Begin is inside, end is not."""

    begin: Moment
    end: Moment
    by: Word
    why: Word

    @model_validator(mode="after")
    def _lasts(self) -> Window:
        if self.end <= self.begin:
            raise ValueError("a window that ends before it begins")
        return self

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.begin <= at < self.end


class Statement(Record):
    """What holds for one camera.

    number: of the statement. answers: what the room asked last. issued: by the ward's clock. expires: what is allowed
    is allowed until then, unless a newer statement comes; a pause needs no such end, since `windows` have their own.
    basis: of the consent. review: the day on which it is to be looked at again (ISO 8601).
    windows: the pauses that run or are to come until `expires`. lifted: pauses begun in the room that somebody of the
    ward ended before their time.
    """

    format: Literal[1] = 1
    camera: CameraRef
    number: Annotated[Count, Field(ge=1)]
    answers: Question
    issued: Moment
    expires: Moment
    basis: Basis
    review: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    windows: Annotated[tuple[Window, ...], Field(max_length=MAX_WINDOWS)] = ()
    lifted: Annotated[tuple[PauseId, ...], Field(max_length=MAX_LIFTED)] = ()

    @model_validator(mode="after")
    def _bounded(self) -> Statement:
        if not timedelta(0) <= self.expires - self.issued <= LONGEST:
            raise ValueError("a statement holds for seven days at most")
        return self

    @property
    def allows(self) -> bool:
        """Whether the camera may be processed, apart from pauses and expiry."""
        return self.basis in ALLOWING


def signed(statement: Statement, key: Ed25519PrivateKey) -> tuple[str, str]:
    """The statement as text, and the signature of that text in hexadecimal digits.

    Raises:
        BadStatement: the text is longer than a message may carry.
    """
    text = json.dumps(statement.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if len(text) > MAX_STATEMENT_CHARS:
        raise BadStatement("too long")
    return text, key.sign(PREFIX + text.encode()).hex()


def opened(text: str, signature: str, keys: Sequence[Ed25519PublicKey]) -> Statement:
    """The statement that one of `keys` signed. The text is read only after its signature was found good.

    Raises:
        BadStatement: "unsigned" by any of them, or "unreadable": signed, and not of this format.
    """
    if not any(_signed_by(key, text, signature) for key in keys):
        raise BadStatement("unsigned")
    try:
        return Statement.model_validate_json(text)
    except ValidationError:
        raise BadStatement("unreadable") from None


def _signed_by(key: Ed25519PublicKey, text: str, signature: str) -> bool:
    try:
        key.verify(bytes.fromhex(signature), PREFIX + text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True

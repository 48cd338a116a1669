"""What the ward signs is what the room believes, and nothing else is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.bus.errors import BadStatement
from services.bus.messages import ConsentMessage, decode, encode
from services.bus.models import CameraRef
from services.bus.statement import LONGEST, MAX_WINDOWS, PREFIX, Statement, Window, opened, signed
from tests.services.bus import samples

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
CAMERA = CameraRef(site="haus", ward="ward-1", room="room-7", camera="cam-7a")


def statement(**changed: object) -> Statement:
    """A statement that allows."""
    whole: dict[str, object] = {
        "camera": CAMERA,
        "number": 12,
        "answers": "a5" * 16,
        "issued": NOW,
        "expires": NOW + 72 * HOUR,
        "basis": "given",
        "review": "2026-09-01",
    }
    return Statement(**whole | changed)  # type: ignore[arg-type]


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_byte_is_not_believed(at: int, bit: int) -> None:
    text, signature = signed(statement(), KEY)
    raw = bytearray(text.encode())
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises(BadStatement, match="unsigned"):
        opened(raw.decode(errors="surrogateescape"), signature, [KEY.public_key()])


def test_what_is_signed_is_opened_by_any_of_the_keys() -> None:
    one = statement(windows=(Window(begin=NOW, end=NOW + HOUR, by="Ärztin Özil", why="personal care"),))
    text, signature = signed(one, KEY)
    assert opened(text, signature, [OTHER.public_key(), KEY.public_key()]) == one


@pytest.mark.parametrize("signature", ["", "zz", "5a" * 64, "5a" * 63])
def test_no_other_signature_counts(signature: str) -> None:
    text, _ = signed(statement(), KEY)
    with pytest.raises(BadStatement, match="unsigned"):
        opened(text, signature, [KEY.public_key()])
    with pytest.raises(BadStatement, match="unsigned"):
        opened(text, signed(statement(), OTHER)[1], [KEY.public_key()])
    with pytest.raises(BadStatement, match="unsigned"):
        opened(text, KEY.sign(text.encode()).hex(), [KEY.public_key()])


def test_a_signature_that_was_made_for_something_else_counts_for_nothing_here() -> None:
    text = json.dumps({"format": 2})
    with pytest.raises(BadStatement, match="unreadable"):
        opened(text, KEY.sign(PREFIX + text.encode()).hex(), [KEY.public_key()])


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires": NOW + LONGEST + timedelta(seconds=1)},
        {"expires": NOW - timedelta(seconds=1)},
        {"number": 0},
        {"basis": "assumed"},
        {"review": "next year"},
        {"resident": "somebody"},
        {"issued": NOW.replace(tzinfo=None)},
        {"lifted": ("x",)},
    ],
)
def test_what_no_statement_says(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        statement(**wrong)


def test_a_window_has_a_beginning_an_end_and_no_control_characters() -> None:
    for begin, end, by in ((NOW, NOW, "x"), (NOW + HOUR, NOW, "x"), (NOW, NOW + HOUR, "x\ny")):
        with pytest.raises(ValidationError):
            Window(begin=begin, end=end, by=by, why="x")


def test_the_longest_statement_fits_into_a_message() -> None:
    windows = tuple(
        Window(begin=NOW + index * HOUR, end=NOW + index * HOUR + HOUR, by="中" * 64, why='"' * 64)
        for index in range(MAX_WINDOWS)
    )
    whole = statement(windows=windows, lifted=tuple(f"{index:032x}" for index in range(16)))
    text, signature = signed(whole, KEY)
    message = ConsentMessage(envelope=samples.envelope(), statement=text, signature=signature)
    assert decode(*encode(message)) == message

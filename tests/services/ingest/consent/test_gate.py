"""The gate: whose word it takes, of which camera, for how long, and what it refuses."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.ingest.consent.gate import REFUSED_SHOWN_S
from services.ingest.consent.questions import PATIENCE_S, RENEW_S
from tests.services.ingest.consent.room import CAMERA, OTHER, Room
from tests.services.ingest.consent.ward import HOLDS, carried


async def test_the_wards_word_opens_its_camera_and_no_other(room: Room) -> None:
    assert not room.gate.may("cam-1")
    await room.say()
    assert room.gate.may("cam-1")
    assert not room.gate.may("cam-2")


async def test_what_nobody_renews_ends(room: Room) -> None:
    await room.say()
    room.clock.advance(HOLDS.total_seconds())
    assert room.gate.verdict("cam-1").status == "consent_unknown"


async def test_what_is_refused_changes_nothing_and_is_told(room: Room) -> None:
    before = room.ward.message(room.ward.statement(CAMERA, room.gate.question()))
    await room.say(windows=(room.ward.window(-1, 600),))
    forged = room.ward.message(room.ward.statement(CAMERA, room.gate.question()), Ed25519PrivateKey.generate())
    others = room.ward.message(room.ward.statement(OTHER, room.gate.question()))
    moved = carried(CAMERA, others.statement, others.signature)
    for message, why in ((before, "replayed"), (forged, "unsigned"), (moved, "other_camera")):
        await room.gate.hear(message)
        assert room.gate.verdict("cam-1").status == "paused"
        assert room.gate.refused("cam-1") == why
        assert room.counted(why)
        assert not room.gate.refused("cam-2")
    room.clock.advance(REFUSED_SHOWN_S)
    assert not room.gate.refused("cam-1")


async def test_a_word_that_was_held_back_is_not_taken(room: Room) -> None:
    """It is newer than what the room has, and signed: only the question shows that it is old."""
    held_back = room.ward.message(room.ward.statement(CAMERA, room.gate.question()))
    room.clock.advance(PATIENCE_S + 1)
    await room.gate.hear(held_back)
    assert not room.gate.may("cam-1")
    assert room.counted("stale")


async def test_one_question_serves_half_a_minute_and_its_answers_some_more(room: Room) -> None:
    first = room.gate.question()
    room.clock.advance(RENEW_S - 1)
    assert room.gate.question() == first
    room.clock.advance(1)
    assert room.gate.question() != first
    await room.gate.hear(room.ward.message(room.ward.statement(CAMERA, first)))
    assert room.gate.may("cam-1")

"""A pause lasts its whole length, whatever the clocks show and whoever repeats what was said."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.services.ingest.consent.room import CAMERA, OTHER, Room

SETS = st.integers(-400, 400).map(timedelta)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("passes"), st.floats(0.1, 400)),
        st.tuples(st.just("set"), SETS),
        st.tuples(st.just("restarts"), st.none()),
        st.tuples(st.just("boots"), st.none()),
        st.tuples(st.just("replays"), st.none()),
    ),
    max_size=12,
)


@given(steps=STEPS, lasts=st.integers(60, 1000))
def test_no_step_of_the_wall_clock_no_restart_and_no_replay_ends_a_pause(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object]], lasts: int
) -> None:
    """A pause of the room and one of the ward; the ward says nothing more, and others repeat what it said before."""
    room = Room(tmp_path_factory.mktemp("gate") / "consent")

    async def lived() -> None:
        await room.say()
        await room.say(OTHER)
        said = [room.ward.message(room.ward.statement(one, room.gate.question())) for one in (CAMERA, OTHER)]
        await room.gate.pause("cam-1", lasts, "privacy")
        await room.say(OTHER, windows=(room.ward.window(0, lasts),))
        passed = 0.0
        for what, value in steps:
            if what == "passes" and isinstance(value, float):
                room.clock.advance(value)
                passed += value
            elif what == "set" and isinstance(value, timedelta):
                room.clock.wall += value
            elif what == "restarts":
                room.started()
            elif what == "boots":
                room.rebooted()
            else:
                for message in said:
                    await room.gate.hear(message)
            if passed < lasts:
                assert not room.gate.may("cam-1")
                assert not room.gate.may("cam-2")

    asyncio.run(lived())

"""A room may tell anything of itself: the ward's page and its word to the other rooms go on."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from services.alerts.actor import typed_name
from services.alerts.consents.speaker import asked
from services.alerts.consents.statements import statement_of
from services.alerts.dashboard.consent_view import room_stop
from services.alerts.policy.consent import Lifted, Standing
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.page import Page
from tests.services.alerts.site import ref

CAMERA = "ward-1/room-1/cam-room-1"
ADA = typed_name("Ada")


@pytest.mark.parametrize("told", ["", "x", "A5" * 16, "a5" * 16 + "\n", "a5" * 17])
async def test_what_is_no_question_is_not_answered(tmp_path: Path, told: str) -> None:
    bench = Bench(tmp_path)
    await bench.state(1, "ingest", "live", consent_asks=told)
    assert asked(bench.ward_state.cameras[CAMERA]) == ""
    await bench.state(2, "ingest", "live", consent_asks="a5" * 16)
    assert asked(bench.ward_state.cameras[CAMERA]) == "a5" * 16


@pytest.mark.parametrize(
    "until",
    [
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),  # not in UTC
        *("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"),  # not on the ward's wall
        *("soon", ""),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
async def test_a_pause_that_ends_at_no_moment_is_shown_without_an_end(tmp_path: Path, until: str, zone: str) -> None:
    bench = Bench(tmp_path)
    await bench.state(1, "ingest", "paused", consent_by="room", consent_pause="b7" * 16, consent_until=until)
    page = Page(bench, timezone=zone).ward_page
    page.refresh()
    assert "paused by somebody in the room" in page.spoken("en").parts["room:room-1"].text


async def test_a_pause_without_an_id_is_ended_by_none(tmp_path: Path) -> None:
    """Nothing that a room made up is written into the audit log, from which the ward would say it for ever."""
    bench = Bench(tmp_path)
    await bench.state(1, "ingest", "paused", consent_by="room", consent_pause="\u2028" * 200)
    stop = room_stop(bench.ward_state.cameras[CAMERA])
    assert stop is not None
    assert bench.ward_state.consents.resume(CAMERA, ADA, stop.id, bench.now) is None


def test_what_a_log_of_before_has_of_such_ids_is_not_said() -> None:
    standing = Standing(lifted=(Lifted("nothing", ADA, START), Lifted("b7" * 16, ADA, START)))
    one = statement_of(ref("room-1"), standing, UTC, START, timedelta(minutes=15), "a5" * 16, 1)
    assert one.lifted == ("b7" * 16,)

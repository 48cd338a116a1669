"""A camera that somebody paused is processed no sooner because the ward's clock was set and another replica leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.alerts.actor import typed_name
from services.alerts.intake.recovery import restore
from tests.services.alerts.bench import NOWHERE, Bench

CAMERA = "ward-1/room-1/cam-room-1"


@pytest.mark.parametrize("by_s", [-3600.0, 3600.0])
async def test_a_pause_lasts_as_long_whoever_leads(tmp_path: Path, by_s: float) -> None:
    bench = Bench(tmp_path)
    await bench.writer.note(bench.ward_state.consents.pause(CAMERA, typed_name("Ada"), 60, "visit", bench.now))
    bench.at(600)
    await bench.set_clock(by_s)
    new = Bench(tmp_path, NOWHERE, bench.site)
    new.hand.wall, new.hand.mono = bench.hand.wall, bench.hand.mono
    new.clock.take_step()
    await restore(new.ward_state, new.store, new.audit.index, new.now)
    assert new.ward_state.consents.running(CAMERA, new.now) is not None
    new.at(3599)
    assert new.ward_state.consents.running(CAMERA, new.now) is not None
    new.at(3600)
    assert new.ward_state.consents.running(CAMERA, new.now) is None

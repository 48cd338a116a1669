"""The ward's clock is set, or a room's is wrong: ages stay what they are, and the clock is named."""

from datetime import timedelta

from services.alerts.policy.technical import Severity
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.dashboard.views import codes, room, ward


async def test_a_set_clock_ages_nothing(bench: Bench) -> None:
    """A camera silent for five minutes does not become assessed because the ward's clock is set back by ten."""
    await bench.alive("room-1")
    await bench.pain(0, 0)
    for by in (-600.0, 7200.0):
        await bench.set_clock(by)
        assert room(bench).lead.assessment == "assessed"
    await bench.set_clock(-6600.0)
    bench.at(300)
    for by in (-600.0, 86400.0, -86400.0, 600.0):
        await bench.set_clock(by)
        view = room(bench)
        assert (view.lead.assessment, codes(bench)) == ("stale", ["device.silent"])
        assert bench.now - (view.lead.level_at or START) == timedelta(seconds=300)


async def test_a_wrong_clock_and_an_unlisted_camera_are_alarms(bench: Bench) -> None:
    message = bench.epoch.pain("attic", 1, START + timedelta(hours=1))
    await bench.writer.receive(message)
    bench.at(11)
    assert codes(bench, "attic") == ["unlisted", "clock"]
    assert {alarm.severity for alarm in ward(bench).alarms} == {Severity.ALARM}


async def test_a_device_with_a_wrong_clock_is_assessed_and_its_clock_named(bench: Bench) -> None:
    for behind in (timedelta(hours=2), timedelta(minutes=3), timedelta(days=200), timedelta(hours=-2)):
        for _ in range(4):
            seconds = bench.hand.mono + 5
            message = bench.epoch.pain("room-1", 0, START + timedelta(seconds=seconds) - behind)
            said = bench.epoch.state("room-1", "ingest", "live", START + timedelta(seconds=seconds) - behind)
            bench.at(seconds + 0.9)
            assert (await bench.writer.receive(message)).verdict == "applied"
            assert (await bench.writer.receive(said)).verdict == "applied"
        view = room(bench)
        assert view.lead.assessment == "assessed"
        assert "clock" in codes(bench)
        assert abs(bench.now - (view.lead.level_at or START)) < timedelta(seconds=2)


async def test_what_waited_behind_a_lost_connection_is_no_wrong_clock_for_long(bench: Bench) -> None:
    await bench.alive("room-1")
    message = bench.epoch.pain("room-1", 2, bench.now)
    bench.at(60)
    await bench.writer.receive(message)
    assert "clock" not in codes(bench)
    await bench.alive("room-1")
    bench.at(80)
    await bench.alive("room-1")
    assert "clock" not in codes(bench)
    assert room(bench).lead.assessment == "assessed"


async def test_a_status_began_as_long_ago_as_its_component_says_whatever_its_clock(bench: Bench) -> None:
    record = bench.ward_state.cameras["ward-1/room-1/cam-room-1"]
    bench.at(100)

    async def told(status: str, lasted: float, skew: float) -> timedelta:
        now = bench.now + timedelta(seconds=skew)
        message = bench.epoch.state("room-1", "ingest", status, now - timedelta(seconds=lasted))
        envelope = message.envelope.model_copy(update={"published_at": now})
        await bench.writer.receive(message.model_copy(update={"envelope": envelope}))
        return bench.now - record.components["ingest"].since

    assert await told("offline", 60, -7200) == timedelta(seconds=60)
    bench.at(110)
    assert await told("offline", 70, -7200) == timedelta(seconds=70)
    assert await told("offline", 86400 * 400, 0) == timedelta(seconds=70)
    assert await told("offline", -500, 0) == timedelta(seconds=70)
    assert await told("offline", 5, 3600) == timedelta(seconds=5)
    assert await told("live", 86400 * 400, 0) == timedelta(0)

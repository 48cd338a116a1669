"""State messages on the real bus: on change, as a heartbeat, again after a failure. The clock is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

from localsite.nats_pair import NatsPair
from services.bus.metrics import StateMetrics
from services.bus.models import CameraRef
from services.bus.states import Condition, StateReporter
from services.runtime.metrics import Metrics
from tests.services.bus import samples
from tests.services.bus.ward import events_of, states_of
from tests.services.moments import ManualClock
from tests.support.waiting import eventually


class Reporting:
    """A reporter of one camera with a heartbeat of 5 s, and what is to be said of it."""

    def __init__(self, reporter: StateReporter, clock: ManualClock, metrics: Metrics) -> None:
        self.reporter = reporter
        self.clock = clock
        self.metrics = metrics
        self.condition: Condition | None = None

    def enter(self, status: str) -> None:
        """The camera has this status from now on."""
        self.condition = Condition(status, self.clock.now(), {"frames": 1})

    def count(self, name: str, **labels: str) -> float:
        """A metric's value."""
        return self.metrics.registry.get_sample_value(f"veilward_ingest_{name}", labels) or 0.0


@asynccontextmanager
async def reporting(pair: NatsPair, camera: str) -> AsyncIterator[Reporting]:
    clock, metrics = ManualClock(), Metrics()
    ref = CameraRef(site="test-site", ward="ward-1", room="room-1", camera=camera)
    async with pair.bus("ingest", streams=False) as bus:
        reporter = StateReporter(
            "ingest", {camera: ref}, lambda _: one.condition, bus, StateMetrics(metrics, "ingest"), clock, 5.0
        )
        one = Reporting(reporter, clock, metrics)
        yield one


async def test_on_change_and_as_a_heartbeat(nats_pair: NatsPair) -> None:
    await nats_pair.provision()
    async with reporting(nats_pair, "beat-1") as one:
        await one.reporter.tick()
        one.enter("offline")
        await one.reporter.tick()
        one.clock.advance(4.9)
        await one.reporter.tick()
        one.enter("connecting")
        await one.reporter.tick()
        one.clock.advance(0.2)
        await one.reporter.tick()
        one.clock.advance(4.8)
        await one.reporter.tick()
        await one.reporter.tick()
        assert one.count("state_changes_total", camera="beat-1", status="connecting") == 1
    found = await states_of(nats_pair, "beat-1", 3)
    assert [(one.status, one.envelope.sequence) for one in found] == [
        ("offline", 0),
        ("connecting", 1),
        ("connecting", 2),
    ]
    assert found[1].since == found[2].since
    assert found[2].envelope.captured_at - found[1].envelope.captured_at == timedelta(seconds=5)


async def test_the_same_status_entered_again_is_a_change(nats_pair: NatsPair) -> None:
    await nats_pair.provision()
    async with reporting(nats_pair, "beat-4") as one:
        for _ in range(2):
            one.enter("offline")
            await one.reporter.tick()
            one.clock.advance(0.1)
    found = await states_of(nats_pair, "beat-4", 2)
    assert found[0].since < found[1].since


async def test_what_could_not_be_stored_is_published_again(fresh_pair: NatsPair) -> None:
    await fresh_pair.provision()
    async with reporting(fresh_pair, "beat-2") as one:
        one.enter("offline")
        await one.reporter.tick()
        fresh_pair.leaf.kill()
        one.enter("connecting")
        await one.reporter.tick()
        assert one.reporter.unstored == ("beat-2",)
        assert one.count("state_publish_failures_total") == 1
        fresh_pair.restart_leaf()

        async def stored() -> bool:
            one.clock.advance(0.01)
            await one.reporter.tick()
            return not one.reporter.unstored

        await eventually(stored)
    found = await states_of(fresh_pair, "beat-2", 2)
    assert [one.status for one in found][:2] == ["offline", "connecting"]


async def test_all_is_published_when_the_process_goes_away(nats_pair: NatsPair) -> None:
    await nats_pair.provision()
    async with reporting(nats_pair, "beat-5") as one:
        one.enter("live")
        await one.reporter.tick()
        await one.reporter.publish_all()
    assert [one.status for one in await states_of(nats_pair, "beat-5", 2)] == ["live", "live"]


async def test_each_component_reports_to_the_ward(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    await pair.provision()
    told = [("live", "ingest"), ("dark", "keyframe"), ("filling", "snni_client")]
    for status, component in told:
        async with pair.bus(component) as bus:
            await bus.publish_durable(samples.state(status, component))
    async with pair.bus("alerts") as alerts, aclosing(events_of(alerts)) as deliveries:  # type: ignore[type-var]
        for status, component in told:
            delivery = await anext(deliveries)
            await delivery.ack()
            assert delivery.message == samples.state(status, component)

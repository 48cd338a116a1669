"""A level's trace, from its pixels to the alert that it raised, as a receiver of OTLP is told it by a real service."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from services.alerts.traces import make_traces
from services.bus.models import PainMessage
from services.runtime.errors import SettingsError
from services.runtime.metrics import Metrics
from services.runtime.stream_server import serve_streams
from tests.services.alerts.bench import START
from tests.services.alerts.notify.receiver import Receiver
from tests.services.alerts.process import AlertsProcess, alerts_process
from tests.services.alerts.rooms import Epoch, Rooms, rooms_on
from tests.support.waiting import eventually

ATTRIBUTES = {"veilward.camera", "veilward.alert", "service.name", "service.instance.id"}
STEPS = ["keyframe", "wait", "inference", "bus", "alerts"]


@asynccontextmanager
async def collector() -> AsyncIterator[Receiver]:
    """An OTLP receiver over HTTP."""
    receiver = Receiver(*[200] * 1000)
    server = await serve_streams(receiver.answer, "127.0.0.1")
    receiver.url = f"http://127.0.0.1:{server.port}/v1/traces"
    try:
        yield receiver
    finally:
        await server.close()


def requests(receiver: Receiver) -> Iterator[ExportTraceServiceRequest]:
    for headers, body in receiver.seen:
        assert headers["content-type"] == "application/x-protobuf"
        yield ExportTraceServiceRequest.FromString(body)


def spans(receiver: Receiver, trace: str) -> dict[str, Any]:
    """What it was told of a trace, by name."""
    found = [
        span
        for request in requests(receiver)
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
        if span.trace_id.hex() == trace
    ]
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


async def traced(rooms: Rooms, room: str, level: int, ago_s: float) -> tuple[str, PainMessage]:
    """A level whose frame has a trace: (its traceparent, the message)."""
    now = datetime.now(UTC)
    parent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    message = rooms.epoch.pain(room, level, now - timedelta(seconds=ago_s), published=now)
    message = message.model_copy(update={"envelope": message.envelope.model_copy(update={"traceparent": parent})})
    message = message.model_copy(update={"stages": {"keyframe": 0.1, "claimed": 0.15, "scored": 0.4}})
    await rooms._buses["snni_client"].publish_durable(message)
    return parent, message


def counted(process: AlertsProcess) -> dict[str, float]:
    """Spans by what became of them."""
    return {
        sample.labels["result"]: sample.value
        for family in text_string_to_metric_families(process.metrics())
        for sample in family.samples
        if sample.name == "veilward_alerts_spans_total"
    }


async def test_from_the_pixels_to_the_alert(tmp_path: Path, nats_pair: NatsPair, redis_server: RedisServer) -> None:
    url = redis_server.url + "?db=11"
    async with collector() as receiver, rooms_on(nats_pair) as rooms:
        started = alerts_process(nats_pair, url, tmp_path / "alerts", traces_url=receiver.url)
        async with started as process:
            first, _ = await traced(rooms, "room-6", 2, 4.0)
            second, message = await traced(rooms, "room-6", 2, 0.5)
            _, trace, root, _ = second.split("-")

            async def told() -> dict[str, Any]:
                found = spans(receiver, trace)
                return found if "pixel to level" in found else {}

            found = await eventually(told)
            assert set(found) == {*STEPS, "pixel to level"}
            whole = found["pixel to level"]
            assert (whole.span_id.hex(), whole.parent_span_id) == (root, b""), "the frame's own span"
            captured = int(message.envelope.captured_at.timestamp() * 1e9)
            assert whole.start_time_unix_nano == captured
            assert all(found[name].parent_span_id.hex() == root for name in STEPS)
            ends = [captured, *(found[name].end_time_unix_nano for name in STEPS)]
            assert [found[name].start_time_unix_nano for name in STEPS] == ends[:-1], "one step after the other"
            assert ends == sorted(ends) and whole.end_time_unix_nano == ends[-1]
            assert abs(found["inference"].end_time_unix_nano - captured - 4e8) < 1e6
            (event,) = [one for one in whole.events if one.name == "alert raised"]
            (alert,) = [one.value.string_value for one in event.attributes]
            async with await process.client() as client:
                opened = (await client.get("/api/v1/alerts")).json()["open"]
            assert alert in {one["id"] for one in opened}
            assert spans(receiver, first.split("-")[1]).keys() == found.keys()
            assert counted(process)["told"] >= 12 and counted(process)["lost"] == 0
            assert keys(receiver) <= ATTRIBUTES, "and nothing else: no level, no person, no body"


def keys(receiver: Receiver) -> set[str]:
    """Every attribute that was told."""
    found: set[str] = set()
    for request in requests(receiver):
        for resource in request.resource_spans:
            found |= {one.key for one in resource.resource.attributes}
            for span in (one for scope in resource.scope_spans for one in scope.spans):
                found |= {one.key for one in span.attributes}
                found |= {one.key for event in span.events for one in event.attributes}
    return found


async def test_a_collector_that_is_away_keeps_no_alarm_up(
    tmp_path: Path, nats_pair: NatsPair, redis_server: RedisServer
) -> None:
    async with collector() as receiver:
        url = receiver.url
    async with rooms_on(nats_pair) as rooms:
        redis = redis_server.url + "?db=12"
        async with alerts_process(nats_pair, redis, tmp_path / "alerts", traces_url=url) as process:
            await traced(rooms, "room-7", 2, 4.0)
            await traced(rooms, "room-7", 2, 0.5)

            async def raised() -> bool:
                async with await process.client() as client:
                    return "/room-7/" in (await client.get("/api/v1/alerts")).text

            async def lost() -> bool:
                return counted(process)["lost"] > 0

            await eventually(raised)
            await eventually(lost)
            assert "127.0.0.1" not in "".join(str(one) for one in process.events() if "span" in str(one))


def test_off_unless_told_and_loaded_only_then() -> None:
    assert make_traces(None, None, "a", Metrics()) is None
    code = "import sys, services.alerts.main; print([one for one in sys.modules if 'opentelemetry.exporter' in one])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_its_packages_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match="needs the extra `traces`: VEILWARD_ALERTS_TRACES_URL"):
        make_traces("http://127.0.0.1:1/v1/traces", None, "a", Metrics())


@pytest.mark.parametrize("captured", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), START])
async def test_a_level_of_no_time_stops_nothing(captured: datetime) -> None:
    """A room may tell any moment, and that a stage took any time: no span has it, and the level counts all the same."""
    traces = make_traces("http://127.0.0.1:9/v1/traces", None, "one", Metrics())
    assert traces is not None
    parent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    message = Epoch().pain("room-1", 2, captured, published=captured)
    message = message.model_copy(update={"envelope": message.envelope.model_copy(update={"traceparent": parent})})
    message = message.model_copy(update={"stages": {"keyframe": 0.1, "claimed": 1e6, "scored": 1e300}})
    traces.level(message, START, START, ())
    await asyncio.to_thread(traces.close)

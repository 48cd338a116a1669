"""Traces of levels, from the captured pixels to the alert, for whoever asks why one was late. OpenTelemetry, over OTLP.

A frame gets its trace where it is captured. The trace's number comes with the level (`traceparent`, W3C Trace Context),
and so do the moments of its way: the ward alone tells the whole, and no room and no edge speaks to a collector.

    pixel to level               captured until applied; its span is the one that `traceparent` names
      keyframe, wait, inference  until the crop was published, was claimed, was scored
      bus                        until the ward received the level
      alerts                     until it was shown, written and kept
      (an event each)            what became of an alert by it

Nothing else is told: no level, no picture, no body of a message, no person. Times of the room are by its own clock.
Off unless VEILWARD_ALERTS_TRACES_URL is set; what cannot be told is given up and counted, and nothing waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from services.alerts.policy.alert import Transition
from services.bus.models import PainMessage
from services.runtime.errors import SettingsError
from services.runtime.metrics import Metrics

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from prometheus_client import Counter

WAITING = 2048
"""Spans at most that wait to be told; above it the newest are given up."""
EVERY_MS, TIMEOUT_S, END_MS = 1000, 5.0, 2000
WHOLE, BUS, ALERTS = "pixel to level", "bus", "alerts"
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
LONGEST_S = 365 * 86_400.0
STEPS = {"ingest": "ingest", "keyframe": "keyframe", "claimed": "wait", "scored": "inference"}
"""By the stage at whose end a step ends, in their order."""


@dataclass(frozen=True)
class Step:
    """A part of a level's way."""

    name: str
    begin: datetime
    end: datetime


def steps_of(message: PainMessage, received: datetime, applied: datetime) -> Iterator[Step]:
    """A level's way, one step after the other. One that a clock says ended before it began has no length."""
    at = message.envelope.captured_at
    for stage, name in STEPS.items():
        if stage in message.stages:
            end = max(at, message.envelope.captured_at + timedelta(seconds=message.stages[stage]))
            yield Step(name, at, end)
            at = end
    yield Step(BUS, at, max(at, received))
    yield Step(ALERTS, received, max(received, applied))


class Traces:
    """One process's. Callable from its loop: nothing here waits."""

    def __init__(self, provider: TracerProvider, ids: _GivenIds) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("veilward")
        self._ids = ids

    def level(
        self, message: PainMessage, received: datetime, applied: datetime, transitions: Sequence[Transition]
    ) -> None:
        """A level was applied. One without a trace is not told, nor one whose times no span can have."""
        from opentelemetry import trace
        from opentelemetry.context import Context

        parent = message.envelope.traceparent
        if parent is None or not _can_be_told(message):
            return
        _, trace_id, span_id, _ = parent.split("-")
        attributes = {"veilward.camera": message.envelope.camera.camera}
        begin = message.envelope.captured_at
        self._ids.give(int(trace_id, 16), int(span_id, 16))
        whole = self._tracer.start_span(WHOLE, Context(), start_time=_ns(begin), attributes=attributes)
        context = trace.set_span_in_context(whole, Context())
        for step in steps_of(message, received, applied):
            span = self._tracer.start_span(step.name, context, start_time=_ns(step.begin), attributes=attributes)
            span.end(_ns(step.end))
        for one in transitions:
            whole.add_event(f"alert {one.change.value}", {"veilward.alert": one.alert.id}, _ns(one.at))
        whole.end(_ns(max(begin, applied)))

    def close(self) -> None:
        """Tell what waits, for a moment at most. Blocks."""
        self._provider.force_flush(END_MS)
        self._provider.shutdown()


class _GivenIds:
    """Numbers of spans: the next one as it was given, others random (an IdGenerator)."""

    def __init__(self) -> None:
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

        self._random = RandomIdGenerator()
        self._given: tuple[int, int] | None = None

    def give(self, trace_id: int, span_id: int) -> None:
        """Of the next span that has no parent."""
        self._given = trace_id, span_id

    def generate_trace_id(self) -> int:
        """The given one, once; asked for before the span's."""
        return self._given[0] if self._given else int(self._random.generate_trace_id())

    def generate_span_id(self) -> int:
        """The given one, once."""
        given, self._given = self._given, None
        return given[1] if given else int(self._random.generate_span_id())

    def is_trace_id_random(self) -> bool:
        """Whether its numbers are drawn: here they are, where frames are captured."""
        return True


def spans_told(metrics: Metrics) -> Counter:
    """What became of spans: told, or lost."""
    told = metrics.counter("veilward_alerts_spans_total", "Spans told to the collector, or given up", ("result",))
    for result in ("told", "lost"):
        told.labels(result)
    return told


def make_traces(url: str | None, authority: Path | None, replica: str, metrics: Metrics) -> Traces | None:
    """url: of an OTLP receiver over HTTP. None: no traces, and no exporter is loaded.

    authority: whose certificate it shows, where that is the house's own. Raises SettingsError: it is not installed.
    """
    if url is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    except ModuleNotFoundError:
        raise SettingsError(("VEILWARD_ALERTS_TRACES_URL",), "needs the extra `traces`") from None
    told = spans_told(metrics)

    class Counted(SpanExporter):  # type: ignore[misc]
        """The exporter, whose outcome is a count: it would log a receiver's address with every failure."""

        def __init__(self) -> None:
            self._inner = OTLPSpanExporter(
                endpoint=url, certificate_file=None if authority is None else str(authority), timeout=TIMEOUT_S
            )

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            found = self._inner.export(spans)
            told.labels("told" if found is SpanExportResult.SUCCESS else "lost").inc(len(spans))
            return found

        def shutdown(self) -> None:
            self._inner.shutdown()

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    ids = _GivenIds()
    resource = Resource({"service.name": "veilward-alerts", "service.instance.id": replica})
    provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=ids)
    provider.add_span_processor(
        BatchSpanProcessor(
            Counted(),
            max_queue_size=WAITING,
            schedule_delay_millis=EVERY_MS,
            export_timeout_millis=int(TIMEOUT_S * 1000),
        )
    )
    return Traces(provider, ids)


def _can_be_told(message: PainMessage) -> bool:
    """Whether its moments are of this age, by a clock that may be wrong by years: spans count from 1970, in 64 bits."""
    captured, longest = message.envelope.captured_at, max(message.stages.values(), default=0.0)
    return FIRST <= captured <= LAST and longest <= LONGEST_S


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1e9)

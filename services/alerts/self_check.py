"""What the service checks of itself, in words for the ward."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from services.alerts.alert_writer import AlertWriter
from services.alerts.audit.anchor import Anchor
from services.alerts.certificates import CertificateWatch
from services.alerts.consents.speaker import asked
from services.alerts.intake.stream_consumer import StreamConsumer
from services.alerts.phrase import Phrase
from services.alerts.policy.alert import AlertStatus
from services.alerts.service_faults import Check
from services.runtime.clock import Clock

TIMERS_LATE_S = 10.0
STARTED_OVER_SHOWN = timedelta(hours=12)
CLOCK_SET_SHOWN = timedelta(minutes=15)
UNNOTIFIED_SHOWN = timedelta(seconds=30)
FORWARD = "The clock of this server was set forward by %(span)s. Timers were not touched by it."
BACK = "The clock of this server was set back by %(span)s. Timers were not touched by it."


class SelfCheck:
    """Looks at the parts of the service."""

    def __init__(
        self,
        writer: AlertWriter,
        consumer: StreamConsumer,
        certificates: CertificateWatch,
        clock: Clock,
        records_kept: Callable[[], bool],
        anchor: Anchor,
        consents_signed: bool,
        receivers_fail: Callable[[], bool],
    ) -> None:
        """records_kept: whether the database took what was last written to it. consents_signed: there is a key."""
        self._writer = writer
        self._consumer = consumer
        self._certificates = certificates
        self._clock = clock
        self._records_kept = records_kept
        self._anchor = anchor
        self._consents_signed = consents_signed
        self._receivers_fail = receivers_fail
        self._ran_at = clock.now().mono
        self._rooms_ask = False

    def timers_ran(self) -> None:
        """Timers were looked at just now: so is every camera here, which is too long for each drawing of a page."""
        self._ran_at = self._clock.now().mono
        self._rooms_ask = any(asked(record) for record in self._writer.ward_state.cameras.values())

    def checks(self) -> Iterator[Check]:
        """Every check: a code, whether all is well, and what is said when it is not."""
        journal = self._writer.journal
        yield "bus", self._consumer.connected, "No connection to the message bus: nothing new can arrive."
        reading = "The events since the last start are still being read."
        yield "catching_up", self._consumer.caught_up.is_set(), reading
        yield "redis", self._writer.mirror.available, "Redis is away: alerts are held in memory."
        yield "audit", journal.audit_ok, "The audit log cannot be written."
        yield "audit_broken", journal.ledger.broken is None, "The audit log was found altered and has been set aside."
        lacking = "Lines of the audit log are missing or changed: a signed head tells of others."
        yield "audit_cut", self._anchor.cut is None, lacking
        on_bus = not self._consumer.connected or self._anchor.well("bus")
        yield "heads_bus", on_bus, "Signed heads of the audit log cannot be kept on the message bus."
        apart = self._anchor.well("file") and self._anchor.well("https")
        yield "heads_file", apart, "Signed heads of the audit log cannot be kept in their second place."
        yield "database", self._records_kept(), "The database is away: nobody can sign in."
        unsigned = "No key is set to sign consents: rooms that ask for them process nothing."
        yield "consent_key", self._consents_signed or not self._rooms_ask, unsigned
        yield "webhook", not self._receivers_fail(), "A receiver of alerts does not answer."
        yield "unnotified", not self._unnotified(), "An alert has reached no screen and no receiver."
        stand = "Timers stand still: nothing is raised or called again by time alone."
        yield "timers", self._timers_run(), stand
        tested = not self._writer.ward_state.probes.late(self._writer.clock())
        yield "probe", tested, "The test of the whole line raised no alert in time."
        clock_set, started_over = self._clock_set(), self._started_over()
        yield "clock_set", clock_set is None, clock_set or ""
        yield "started_over", started_over is None, started_over or ""
        for name, days in self._certificates.ending(self._writer.clock()):
            yield f"certificate_{name}", False, _certificate(name, days)

    def _unnotified(self) -> bool:
        late = self._writer.clock() - UNNOTIFIED_SHOWN
        calling = [one for one in self._writer.ward_state.open_alerts() if one.status is AlertStatus.RAISED]
        return any(one.notified_at is None and one.raised_at < late for one in calling)

    def _timers_run(self) -> bool:
        waiting = not self._consumer.caught_up.is_set()
        return waiting or self._clock.now().mono - self._ran_at <= TIMERS_LATE_S

    def _started_over(self) -> str | None:
        """What is said of a device whose store was emptied, for a while after it."""
        start = self._consumer.started_over
        if start is None or self._writer.clock() - start.at > STARTED_OVER_SHOWN:
            return None
        names = {room.id: room.name for ward in self._writer.ward_state.site.wards for room in ward.rooms}
        place = names.get(start.room, start.room)
        return Phrase("The device of %(room)s started over: what it had not sent is lost.", room=place)

    def _clock_set(self) -> str | None:
        """What is said of a wall clock that was set, for a while after it."""
        step = self._writer.clock_set
        if step is None or self._writer.clock() - step.at > CLOCK_SET_SHOWN:
            return None
        return Phrase(FORWARD if step.by > timedelta(0) else BACK, span=_duration(abs(step.by)))


def _certificate(name: str, days: int) -> str:
    if days < 0:
        return Phrase("The certificate %(name)s has ended.", name=name)
    if days == 1:
        return Phrase("The certificate %(name)s ends in 1 day.", name=name)
    return Phrase("The certificate %(name)s ends in %(days)s days.", name=name, days=days)


def _duration(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"

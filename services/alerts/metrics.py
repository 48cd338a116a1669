"""The service's metrics. Ages are exported as timestamps; a camera is a label, a resident never is."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.alerts.policy.alert import Change, Transition
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Verdict
from services.alerts.policy.thresholds import LEVELS
from services.bus.models import STAGES, ClipMessage, Message, PainMessage, StateMessage
from services.runtime.metrics import Metrics

ONSET_BUCKETS = (1.0, 2.5, 5.0, 7.5, 10.0, 12.5, 15.0, 20.0, 30.0, 45.0, 60.0, 120.0, 300.0)
STAGE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 30.0, 60.0)
TOTALS = {
    Change.RAISED: ("raised", "Alerts raised"),
    Change.ESCALATED: ("escalated", "Alerts lifted to a higher level"),
    Change.ACKNOWLEDGED: ("acknowledged", "Acknowledgements taken"),
    Change.ACK_EXPIRED: ("ack_expired", "Acknowledgements that ran out"),
    Change.CLEARED: ("cleared", "Alerts cleared by calm evidence"),
    Change.NOTIFIED: ("notified", "Alerts that a screen or a receiver had"),
    Change.REPEATED: ("repeated", "Calls again of alerts that nobody answered"),
    Change.WIDENED: ("widened", "Alerts for which more people were asked"),
    Change.ARRIVED: ("arrived", "Arrivals at the bed"),
    Change.PRESENCE_EXPIRED: ("presence_expired", "Arrivals without an outcome in time"),
    Change.RESOLVED: ("resolved", "Alerts ended with an outcome"),
    Change.REASSESSMENT_DUE: ("reassessment_due", "Re-assessments that fell due"),
    Change.REASSESSED: ("reassessed", "Re-assessments done"),
}

KINDS: Mapping[type[Message], str] = {PainMessage: "pain", StateMessage: "state", ClipMessage: "clip"}
"""Of what rooms tell."""


def kind_of(message: Message) -> str:
    """A label for it."""
    return KINDS.get(type(message), "other")


class AlertsMetrics:
    """Every series of the service, initialised so that none is missing."""

    def __init__(self, metrics: Metrics, test_cameras: Iterable[str] = ()) -> None:
        """test_cameras: of the site's test rooms."""
        name = "veilward_alerts_"
        self.pixel_to_level = metrics.histogram(
            f"{name}pixel_to_level_seconds", "Frame captured to level applied", buckets=STAGE_BUCKETS
        )
        self.stage = metrics.histogram(
            f"{name}stage_seconds", "Frame captured to a stage's end", ("stage",), buckets=STAGE_BUCKETS
        )
        self.onset_to_alert = metrics.histogram(
            f"{name}onset_to_alert_seconds", "First evidence of an episode to its alert", buckets=ONSET_BUCKETS
        )
        self.probe_seconds = metrics.histogram(
            f"{name}probe_pixel_to_alert_seconds",
            "A test room's first painful picture captured to the alert, which nobody is told of",
            buckets=ONSET_BUCKETS,
        )
        self.probe_at = metrics.gauge(
            f"{name}probe_last_alert_timestamp_seconds", "When a test room last raised its alert", ("camera",)
        )
        self.open = metrics.gauge(f"{name}open", "Open alerts", ("level",))
        self.totals = {
            change: metrics.counter(f"{name}{what}_total", text, ("level",)) for change, (what, text) in TOTALS.items()
        }
        self.messages = metrics.counter(f"{name}messages_total", "Messages read", ("kind", "verdict"))
        self.poison = metrics.counter(f"{name}poison_total", "Messages rejected", ("reason",))
        self.evidence_at = metrics.gauge(
            f"{name}last_evidence_timestamp_seconds", "When the newest evidence was captured", ("camera",)
        )
        self.stale = metrics.gauge(f"{name}stale_cameras", "Cameras whose evidence is too old")
        self.clock_wrong = metrics.gauge(f"{name}clock_wrong_cameras", "Cameras whose clock disagrees with ours")
        self.clock_steps = metrics.counter(f"{name}clock_steps_total", "Times that the ward's wall clock was set")
        self.unassessed = metrics.gauge(f"{name}unassessed_cameras", "Cameras without any level yet")
        self.up = {
            part: metrics.gauge(f"{name}{part}_up", f"Whether {text} works")
            for part, text in (
                ("redis", "Redis"),
                ("nats", "the bus"),
                ("audit", "the audit log"),
                ("database", "the database"),
            )
        }
        self.webhooks = metrics.counter(
            f"{name}webhook_deliveries_total",
            "Attempts to deliver a change to a webhook, and changes given up",
            ("result",),
        )
        self.pagers = metrics.counter(
            f"{name}pager_deliveries_total",
            "Attempts to page somebody, and pages given up",
            ("result",),
        )
        self.care_record = metrics.counter(
            f"{name}care_record_deliveries_total",
            "Attempts to tell a change to the care record, and changes given up",
            ("result",),
        )
        self.audit_events = metrics.counter(
            f"{name}audit_event_transactions_total",
            "Attempts to tell the care record who read and did what",
            ("result",),
        )
        self.room_states = metrics.counter(
            f"{name}room_states_total", "Attempts to say a room's state to the house's broker", ("result",)
        )
        self.undelivered = metrics.gauge(f"{name}webhook_waiting", "Changes that a receiver has not taken yet")
        self.store_bytes = metrics.gauge(f"{name}store_bytes", "What a store of the ward holds", ("store",))
        self.store_limit = metrics.gauge(
            f"{name}store_limit_bytes", "What it may hold, where that is known", ("store",)
        )
        self.store_connections = metrics.gauge(
            f"{name}store_connections", "Connections of all clients of a store", ("store",)
        )
        self.store_operations = metrics.counter(
            f"{name}store_operations_total", "Redis's commands, the database's transactions", ("store",)
        )
        self.device_waiting = metrics.gauge(
            f"{name}device_waiting_events", "Events in a room device's store that the hub has not yet", ("device",)
        )
        self.device_heard = metrics.gauge(
            f"{name}device_heard_timestamp_seconds", "When the hub last heard of a room device's store", ("device",)
        )
        self.waiting = metrics.gauge(f"{name}waiting_events", "Events of the ward's stream that are not taken yet")
        self.unwritten = metrics.counter(f"{name}changes_unwritten_total", "Changes given up before any disk took them")
        self.viewers = metrics.gauge(f"{name}viewers", "Browsers that follow the ward")
        self.leads = metrics.gauge(f"{name}leads", "Whether this replica leads its site")
        for camera in test_cameras:
            self.probe_at.labels(camera)
        self._initialise()

    def follows(self) -> None:
        """This replica leads no more: of what only a leader knows it says that nothing is amiss."""
        self.leads.set(0)
        for level in map(str, LEVELS):
            self.open.labels(level).set(0)
        for gauge in (self.stale, self.clock_wrong, self.unassessed, self.undelivered, self.viewers):
            gauge.set(0)
        for up in self.up.values():
            up.set(1)
        self.store_bytes.clear()
        self.store_limit.clear()
        self.store_connections.clear()
        self.device_waiting.clear()
        self.device_heard.clear()
        self.waiting.set(0)

    def evidence(self, message: PainMessage, state: AlarmState, now: datetime) -> None:
        """Count the way of a level that was applied to a state. A way is not measured by a clock that is wrong."""
        if state.skewed_since is None:
            self.pixel_to_level.observe(max(0.0, (now - message.envelope.captured_at).total_seconds()))
        for stage, seconds in message.stages.items():
            self.stage.labels(stage).observe(seconds)
        if state.last is not None:
            self.evidence_at.labels(message.envelope.camera.camera).set(state.last.at.timestamp())

    def probe(self, camera: str, seconds: float, at: datetime) -> None:
        """A test room's camera raised an alert, so many seconds after its first painful picture."""
        self.probe_seconds.observe(seconds)
        self.probe_at.labels(camera).set(at.timestamp())

    def changed(self, transition: Transition, now: datetime) -> None:
        """Count an alert's change."""
        self.totals[transition.change].labels(str(transition.alert.level)).inc()
        if transition.change is Change.RAISED:
            self.onset_to_alert.observe(max(0.0, (now - transition.alert.onset_at).total_seconds()))

    def _initialise(self) -> None:
        self.follows()
        for level in map(str, LEVELS):
            self.open.labels(level).set(0)
            for total in self.totals.values():
                total.labels(level)
        for stage in STAGES:
            self.stage.labels(stage)
        for kind in KINDS.values():
            for verdict in Verdict:
                self.messages.labels(kind, verdict.value)
        for result in ("delivered", "failed", "dropped"):
            self.webhooks.labels(result)
            self.pagers.labels(result)
            self.care_record.labels(result)
        for result in ("delivered", "failed"):
            self.room_states.labels(result)
            self.audit_events.labels(result)

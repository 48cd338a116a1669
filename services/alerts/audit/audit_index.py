"""What the audit log says of alerts, as a start needs it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from services.alerts.audit.ended_alerts import EndedAlerts
from services.alerts.policy.alert import AFTERWARDS, ENDS, Alert, Change, Transition
from services.alerts.policy.ward_act import CONSENTS, WardAct, WardChange

FAULTS_KEPT = 2_000


@dataclass(slots=True)
class AuditIndex:
    """The open alerts as last written, the ended ones, and those that await a look, by camera.

    plans: by scope, as last set. consents: the newest act of each kind, by kind and scope, in their order. faults: what
    was done about technical alarms, the newest last. newest: the latest moment of a change.
    """

    open: dict[str, Alert] = field(default_factory=dict)
    ended: EndedAlerts = field(default_factory=EndedAlerts)
    treated: dict[str, Alert] = field(default_factory=dict)
    plans: dict[str, WardAct] = field(default_factory=dict)
    consents: dict[tuple[WardChange, str], WardAct] = field(default_factory=dict)
    faults: deque[WardAct] = field(default_factory=lambda: deque(maxlen=FAULTS_KEPT))
    newest: datetime | None = None

    def note(self, entry: Transition | WardAct) -> None:
        """Follow one line."""
        if isinstance(entry, Transition):
            self.add(entry.change, entry.alert, entry.at)
            return
        match entry.change:
            case WardChange.PLAN_SET:
                self.plans[entry.scope] = entry
            case WardChange.PLAN_ENDED:
                self.plans.pop(entry.scope, None)
            case change if change in CONSENTS:
                self.consents.pop((change, entry.scope), None)
                self.consents[change, entry.scope] = entry
            case WardChange.FAULT_SEEN | WardChange.FAULT_HANDED_OVER:
                self.faults.append(entry)

    def add(self, change: Change, alert: Alert, at: datetime) -> None:
        """Follow one change."""
        self.newest = at if self.newest is None else max(self.newest, at)
        if change in ENDS | AFTERWARDS:
            self.open.pop(alert.id, None)
            self.ended.add(alert)
            if alert.reassess_at is not None:
                self.treated[alert.camera] = alert
            elif alert.camera in self.treated and self.treated[alert.camera].id == alert.id:
                del self.treated[alert.camera]
        else:
            self.open[alert.id] = alert

    def written(self, most: int) -> list[Alert]:
        """Alerts as they were last written: the newest that ended, at most so many, and those that are open."""
        return [*self.ended.newest(most), *self.open.values()]

    def contains(self, transition: Transition) -> bool:
        """Whether the log already holds this change, which evidence or time made."""
        alert, change = transition.alert, transition.change
        if alert.id in self.ended:
            ended = self.ended.whole(alert.id) or self._awaits_look(alert)
            due = change is Change.REASSESSMENT_DUE and ended is not None and ended.reassess_at is not None
            return not due or ended is None or ended.reassess_called_at is not None
        written = self.open.get(alert.id)
        if written is None or change in ENDS:
            return False
        match change:
            case Change.ESCALATED:
                return alert.level <= written.level
            case Change.WIDENED:
                return written.widened_at is not None
            case Change.NOTIFIED:
                return written.notified_at is not None
            case Change.ACK_EXPIRED | Change.PRESENCE_EXPIRED:
                return transition.at <= written.changed_at
            case Change.REPEATED:
                return alert.signals <= written.signals
        return True

    def _awaits_look(self, alert: Alert) -> Alert | None:
        treated = self.treated.get(alert.camera)
        return treated if treated is not None and treated.id == alert.id else None

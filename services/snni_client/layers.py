"""Where inferences and the work ahead of them spend time and bytes, by kind of layer: for who asks why it is slow."""

from __future__ import annotations

from services.snni_client.metrics import LAYERS, Phase, SnniClientMetrics
from snni.inference import InferenceSession
from snni.model.plan import Plan
from snni.wire.profile import Profile, StepCost


class LayerCosts:
    """Adds up profiles, whose steps have a plan's names, by what those steps compute."""

    def __init__(self, metrics: SnniClientMetrics) -> None:
        self._metrics = metrics
        self._epoch = ""
        self._known: dict[str, StepCost] = {}

    def online(self, plan: Plan, profile: Profile) -> None:
        """One inference, from its claim on."""
        for name, cost in profile.steps.items():
            self._add("online", _kind(plan, name), cost.seconds, cost.sent + cost.received)

    def ahead(self, session: InferenceSession) -> None:
        """What a session did ahead of time since it was last asked; each session's profile begins at nothing."""
        if session.epoch != self._epoch:
            self._epoch, self._known = session.epoch, {}
        for name, cost in session.offline.steps.items():
            last = self._known.get(name, StepCost())
            moved = cost.sent + cost.received - last.sent - last.received
            self._add("offline", _kind(session.plan, name), cost.seconds - last.seconds, moved)
            self._known[name] = StepCost(cost.seconds, cost.sent, cost.received)

    def _add(self, phase: Phase, kind: str, seconds: float, moved: int) -> None:
        self._metrics.layer_seconds.labels(phase, kind).inc(seconds)
        self._metrics.layer_bytes.labels(phase, kind).inc(moved)


def _kind(plan: Plan, name: str) -> str:
    """Of a step; what is none of the plan's has a name of its own, as the claim and the oblivious transfers."""
    kind = next((step.op for step in plan.steps if step.name == name), name)
    return kind if kind in LAYERS else "other"

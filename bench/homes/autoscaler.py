"""The HorizontalPodAutoscaler of deploy/k8s/autoscaler on numbers, as Kubernetes' algorithm has it, on its way up.

Each metric wants replicas: of an AverageValue, total / target; of a Value, replicas * value / target, and no change
within a tenth of it. The largest wish counts; of the wishes within the stabilisation window the smallest is taken, and
no more pods are added in a period than the policy says. Going down, which ends sessions, is not simulated.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MANIFEST = Path(__file__).parents[2] / "deploy" / "k8s" / "autoscaler" / "autoscaler.yaml"
LOOK_S = 15.0
"""Kubernetes' --horizontal-pod-autoscaler-sync-period."""
TOLERANCE = 0.1


def quantity(text: str) -> float:
    """Kubernetes' notation of a number: 3, 500m."""
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


@dataclass
class Autoscaler:
    """targets: by metric, its kind of target and value. pods, period_s: added at most; window_s: of stabilisation."""

    least: int
    most: int
    targets: dict[str, tuple[str, float]]
    pods: int
    period_s: float
    window_s: float
    _wishes: deque[tuple[float, int]] = field(default_factory=deque)
    _added: list[tuple[float, int]] = field(default_factory=list)

    @classmethod
    def of_the_manifest(cls, most: int | None = None) -> Autoscaler:
        """As deployed. most: replicas, where it is to be another number."""
        spec: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())["spec"]
        targets = {}
        for one in spec["metrics"]:
            target = one["external"]["target"]
            value = target.get("averageValue", target.get("value"))
            targets[one["external"]["metric"]["name"]] = (target["type"], quantity(str(value)))
        behaviour = spec["behavior"]["scaleUp"]
        (policy,) = behaviour["policies"]
        window = float(behaviour["stabilizationWindowSeconds"])
        return cls(
            spec["minReplicas"],
            most or spec["maxReplicas"],
            targets,
            policy["value"],
            float(policy["periodSeconds"]),
            window,
        )

    def replicas(self, now: float, present: int, values: dict[str, float]) -> int:
        """How many there are to be, seen `present` and the metrics' values at a moment (seconds)."""
        wish = max(self._wish(name, present, value) for name, value in values.items())
        self._wishes.append((now, min(self.most, max(self.least, wish))))
        while self._wishes[0][0] < now - self.window_s:
            self._wishes.popleft()
        lowest = min(one for _, one in self._wishes)
        added = sum(number for at, number in self._added if at > now - self.period_s)
        more = max(0, min(lowest - present, self.pods - added))
        if more:
            self._added.append((now, more))
        return present + more

    def _wish(self, name: str, present: int, value: float) -> int:
        kind, target = self.targets[name]
        if kind == "AverageValue":
            return math.ceil(value / target)
        ratio = value / target
        return present if abs(ratio - 1) <= TOLERANCE else math.ceil(present * ratio)

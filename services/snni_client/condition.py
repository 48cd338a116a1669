"""What the ward should know of the scoring of each camera."""

from __future__ import annotations

from services.bus.states import Condition
from services.runtime.clock import Clock, Instant
from services.snni_client.edge import Edge
from services.snni_client.scorer import Scorer

SKIPPING_S = 30.0


class ScoringConditions:
    """The edge's status, or "skipping" while a camera's crops are lost and none was scored lately."""

    def __init__(self, edge: Edge, scorer: Scorer, clock: Clock) -> None:
        self._edge = edge
        self._scorer = scorer
        self._clock = clock
        self._entered: dict[str, tuple[str, Instant]] = {}

    def of(self, camera: str) -> Condition:
        """The camera's condition now, since when."""
        now = self._clock.now()
        status = self._status(camera, now)
        before = self._entered.get(camera)
        if before is None or before[0] != status:
            self._entered[camera] = before = status, now
        return Condition(*before)

    def _status(self, camera: str, now: Instant) -> str:
        status = self._edge.status
        skipped, scored = self._scorer.last_skipped.get(camera), self._scorer.last_scored.get(camera)
        if skipped is None or now.mono - skipped.mono >= SKIPPING_S or status not in ("scoring", "filling"):
            return status
        return "skipping" if scored is None or scored.mono < skipped.mono else status

"""What stands in the lane of technical alarms: of the service and of cameras, each cause once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.alerts.policy.technical import TechnicalCondition

BUS = "bus"
"""The code of what is told while there is no connection to the hub."""
SILENCE = (".silent", ".unheard")


def lane_view(
    faults: Iterable[TechnicalCondition],
    alarms: Iterable[TechnicalCondition],
    listening_since: datetime,
    silent_after: timedelta,
) -> tuple[tuple[TechnicalCondition, ...], int]:
    """What is shown, and how many of the alarms are not, since the lost hub says it for all of them.

    Who was silent before the hub was lost is shown. listening_since: when this process began to hear cameras;
    silent_after: how long one says nothing before it is told as silent.
    """
    own, cameras = tuple(faults), tuple(alarms)
    lost = next((one.since for one in own if one.code == BUS), None)

    def explained(one: TechnicalCondition) -> bool:
        if lost is None or one.since is None or not one.code.endswith(SILENCE):
            return False
        return max(one.since, listening_since) + silent_after >= lost

    shown = tuple(one for one in cameras if not explained(one))
    return (*own, *shown), len(cameras) - len(shown)

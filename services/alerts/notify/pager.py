"""Phones and pagers, by whatever Apprise reaches: ntfy, e-mail, SMS gateways, Matrix, and a hundred others.

Only what asks somebody to come is paged. The text names the room, its level and the time, and never a person: it passes
through others' servers and stands on locked screens. One that waited longer than OLDEST is not sent: an alert that
nobody answered has called again since, and a phone that was away for an hour should not ring for all of it.
A pager of one ward is called for that ward's alerts, and for another's while nobody answers there although more people
are asked (widened).
https://github.com/caronc/apprise has the addresses.
"""

import logging
from datetime import timedelta

import apprise

from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.delivery_queue import FIRST_PAUSE_S, Sent
from services.alerts.notify.notification import Notification
from services.alerts.notify.receiver import Receiver, Words
from services.alerts.notify.trial import PAGER, REFUSED, TOOK, Outcome, Trial
from services.alerts.policy.alert import AlertStatus, Change, Transition
from services.alerts.ward_clock import Now
from services.runtime.errors import SettingsError
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

OLDEST = timedelta(minutes=10)
SETTING, OF_WARDS = "VEILWARD_ALERTS_PAGER_URLS", "VEILWARD_ALERTS_WARD_PAGER_URLS"
for _name in ("apprise", "urllib3", "requests"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # their lines have addresses, which hold passwords


class Pager(Receiver[Notification]):
    """One address of Apprise's. label: its ward where it has one, its place in the setting, and its scheme."""

    kind = PAGER

    def __init__(
        self,
        url: str,
        words: Words,
        clock: Now,
        metrics: AlertsMetrics,
        first_pause_s: float = FIRST_PAUSE_S,
        place: int = 1,
        ward: str = "",
    ) -> None:
        """place: of the address among those of the setting. ward: whose people it calls; empty: everybody's.

        Raises SettingsError, which does not show it, for an address that Apprise does not know.
        """
        scheme = url.partition("://")[0] if "://" in url else ""
        of_ward = f"{ward} " if ward else ""
        super().__init__(f"{of_ward}{url}", f"{of_ward}{place}: {scheme}", metrics.pagers, first_pause_s)
        self._ward = ward
        self._apprise = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Veilward", secure_logging=True))
        if not self._apprise.add(url):
            named = (OF_WARDS if ward else SETTING,)
            raise SettingsError(named, f"{of_ward}number {place} is not an address that Apprise knows")
        for service in self._apprise:
            service.request_rate_per_sec = 0.0  # Apprise would wait 5.5 s between two calls for help
        self._words = words
        self._clock = clock

    async def send(self, one: Notification) -> Sent:
        """Page it, where it calls and is of now."""
        change = one.transition
        if not self._asks(change) or self._clock() - change.at > OLDEST:
            return Sent.PASSED
        title, text = self._words(change)
        urgent = apprise.NotifyType.FAILURE if change.alert.level >= 3 else apprise.NotifyType.WARNING
        return Sent.TAKEN if await self._tell(title, text, urgent) else Sent.FAILED

    def _asks(self, change: Transition) -> bool:
        """Whether a change asks the people of this pager to come."""
        alert = change.alert
        if not self._ward or alert.camera.startswith(f"{self._ward}/"):
            return change.calls
        asked = change.calls or change.change is Change.WIDENED
        return asked and alert.widened_at is not None and alert.status is AlertStatus.RAISED

    async def try_out(self, trial: Trial) -> Outcome:
        """Page the test, as something that is worth knowing."""
        taken = await self._tell(trial.title, trial.text, apprise.NotifyType.INFO)
        return Outcome(taken, TOOK if taken else REFUSED)

    async def _tell(self, title: str, text: str, kind: apprise.NotifyType) -> bool:
        try:
            taken = await self._apprise.async_notify(body=text, title=title, notify_type=kind)
        except (TypeError, ValueError, OSError) as error:
            log_event(_log, "pager_failed", logging.WARNING, reason=type(error).__name__)
            return False
        if not taken:
            log_event(_log, "pager_refused", logging.WARNING)
        return bool(taken)

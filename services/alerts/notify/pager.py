"""Phones and pagers, by whatever Apprise reaches: ntfy, e-mail, SMS gateways, Matrix, and a hundred others.

Only what asks somebody to come is paged. The text names the room, its level and the time, and never a person: it passes
through others' servers and stands on locked screens. One that waited longer than OLDEST is not sent: an alert that
nobody answered has called again since, and a phone that was away for an hour should not ring for all of it.
https://github.com/caronc/apprise has the addresses.
"""

import logging
from datetime import timedelta

import apprise

from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.notification import Notification
from services.alerts.notify.receiver import FIRST_PAUSE_S, Receiver, Sent, Words
from services.alerts.notify.trial import PAGER, REFUSED, TOOK, Outcome, Trial
from services.alerts.ward_clock import Now
from services.runtime.errors import SettingsError
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

OLDEST = timedelta(minutes=10)
SETTING = "VEILWARD_ALERTS_PAGER_URLS"
for _name in ("apprise", "urllib3", "requests"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # their lines have addresses, which hold passwords


class Pager(Receiver[Notification]):
    """One address of Apprise's. label: its place in the setting, and its scheme."""

    kind = PAGER

    def __init__(
        self,
        url: str,
        words: Words,
        clock: Now,
        metrics: AlertsMetrics,
        first_pause_s: float = FIRST_PAUSE_S,
        place: int = 1,
    ) -> None:
        """place: of the address among those of the setting.

        Raises SettingsError, which does not show it, for an address that Apprise does not know.
        """
        scheme = url.partition("://")[0] if "://" in url else ""
        super().__init__(url, f"{place}: {scheme}", metrics.pagers, first_pause_s)
        self._apprise = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Veilward", secure_logging=True))
        if not self._apprise.add(url):
            raise SettingsError((SETTING,), f"number {place} is not an address that Apprise knows")
        self._words = words
        self._clock = clock

    async def send(self, one: Notification) -> Sent:
        """Page it, where it calls and is of now."""
        change = one.transition
        if not change.calls or self._clock() - change.at > OLDEST:
            return Sent.PASSED
        title, text = self._words(change)
        urgent = apprise.NotifyType.FAILURE if change.alert.level >= 3 else apprise.NotifyType.WARNING
        return Sent.TAKEN if await self._tell(title, text, urgent) else Sent.FAILED

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

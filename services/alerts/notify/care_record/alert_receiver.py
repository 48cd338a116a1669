"""The house's care record, told by FHIR R4B: every change of an alert as a transaction, until the server takes it."""

import ssl

from prometheus_client import Counter

from services.alerts.notify.care_record.fhir_receiver import FhirReceiver
from services.alerts.notify.care_record.fhir_server import FhirServer
from services.alerts.notify.care_record.names import Names
from services.alerts.notify.care_record.transaction import transaction
from services.alerts.notify.delivery_queue import FIRST_PAUSE_S, Sent
from services.alerts.notify.notification import Notification
from services.alerts.notify.receiver import Words
from services.alerts.notify.trial import CARE_RECORD


class CareRecord(FhirReceiver[Notification]):
    """Of alerts. words: what people read of a call."""

    kind = CARE_RECORD
    named = "fhir"

    def __init__(
        self,
        server: FhirServer,
        names: Names,
        words: Words,
        counted: Counter,
        first_pause_s: float = FIRST_PAUSE_S,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(server, names, counted, first_pause_s, context)
        self._words = words

    async def send(self, one: Notification) -> Sent:
        """Post its transaction."""
        title, text = self._words(one.transition)
        return await self.post(lambda: transaction(self.names, one, f"{title}. {text}"))

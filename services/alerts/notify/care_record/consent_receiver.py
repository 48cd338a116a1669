"""The house's care record, told by FHIR R4B of consents: each as a transaction, until the server takes it."""

from services.alerts.notify.care_record.consents import consent_transaction
from services.alerts.notify.care_record.fhir_receiver import FhirReceiver
from services.alerts.notify.consent_notice import ConsentNotice
from services.alerts.notify.delivery_queue import Sent
from services.alerts.notify.told import Topic
from services.alerts.notify.trial import CARE_RECORD_CONSENTS


class ConsentRecord(FhirReceiver[ConsentNotice]):
    """Of consents."""

    topic = Topic.CONSENTS
    kind = CARE_RECORD_CONSENTS
    named = "fhir-consents"

    async def send(self, one: ConsentNotice) -> Sent:
        """Post its transaction."""
        return await self.post(lambda: consent_transaction(self.names, one.act))

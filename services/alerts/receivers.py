"""Who is told of changes, as the settings say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from services.alerts.dashboard.pager_words import PagerWords
from services.alerts.notify.care_record.fhir_server import FhirServer
from services.alerts.notify.house.broker import Broker
from services.alerts.notify.house.room_states import RoomStates
from services.alerts.notify.pager import OF_WARDS, Pager
from services.alerts.notify.receiver import Receiver
from services.alerts.notify.webhook import Webhook
from services.alerts.parts import Parts
from services.alerts.policy.alert import Alert
from services.alerts.records.exports import Exports
from services.alerts.settings import AlertsSettings
from services.runtime.errors import SettingsError

if TYPE_CHECKING:
    from services.alerts.notify.care_record.audit_trail import AuditTrail


def receivers(parts: Parts) -> Iterator[Receiver[Any]]:
    """All of them. Raises SettingsError for an address that nobody knows, and for a ward that is not there."""
    one = parts.settings
    key = one.webhook_secret.get_secret_value().encode() if one.webhook_secret else None
    for url in one.webhook_urls:
        yield Webhook(str(url), key, parts.metrics, context=parts.contexts.webhooks)
    words = PagerWords(parts.site, parts.renderer.spoken(one.pager_language))
    for place, address in enumerate(one.pager_urls, 1):
        yield Pager(address.get_secret_value(), words, parts.clock, parts.metrics, place=place)
    strange = set(one.ward_pager_urls) - {ward.id for ward in parts.site.wards}
    if strange:
        raise SettingsError((OF_WARDS,), f"no such ward: {', '.join(sorted(strange))}")
    for ward, addresses in one.ward_pager_urls.items():
        for place, address in enumerate(addresses, 1):
            yield Pager(address.get_secret_value(), words, parts.clock, parts.metrics, place=place, ward=ward)
    yield from _care_record(parts, words)


def room_states(
    parts: Parts, open_alerts: Callable[[], Iterable[Alert]], confirm: Callable[[], Awaitable[None]]
) -> RoomStates | None:
    """Who tells the house's automation, where there is a broker."""
    one = parts.settings
    if one.mqtt_url is None:
        return None
    prefix = one.mqtt_prefix.rstrip("/") or f"veilward/{parts.site.site}"
    user, password = one.mqtt_user, one.mqtt_password_file
    broker = Broker(one.mqtt_url, prefix, parts.site.site, user, password, parts.contexts.webhooks)
    return RoomStates(broker, parts.site, open_alerts, parts.metrics, confirm, one.mqtt_names_staff)


def audit_trail(parts: Parts, confirm: Callable[[], Awaitable[None]]) -> AuditTrail | None:
    """Who tells the care record who read and did what, where it is to know."""
    server = _fhir_server(parts.settings)
    if server is None or "audit" not in parts.settings.fhir_tells:
        return None
    from services.alerts.notify.care_record.audit_trail import AuditTrail
    from services.alerts.notify.care_record.names import Names

    exports = Exports(parts.people.database, lambda: parts.process.clock.now().mono)
    names, counted = Names(parts.site), parts.metrics.audit_events
    return AuditTrail(server, names, exports, counted, confirm, parts.contexts.webhooks)


def _care_record(parts: Parts, words: PagerWords) -> Iterator[Receiver[Any]]:
    """Imported here, because the models of FHIR cost a service 30 MB that has no care record."""
    one, context, counted = parts.settings, parts.contexts.webhooks, parts.metrics.care_record
    server = _fhir_server(one)
    if server is None:
        return
    from services.alerts.notify.care_record.alert_receiver import CareRecord
    from services.alerts.notify.care_record.consent_receiver import ConsentRecord
    from services.alerts.notify.care_record.names import Names

    names = Names(parts.site)
    if "alerts" in one.fhir_tells:
        yield CareRecord(server, names, words, counted, context=context)
    if "consents" in one.fhir_tells:
        yield ConsentRecord(server, names, counted, context=context)


def _fhir_server(one: AlertsSettings) -> FhirServer | None:
    return None if one.fhir_url is None else FhirServer(str(one.fhir_url), one.fhir_token_file)

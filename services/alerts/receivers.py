"""Who is told of changes, as the settings say."""

from collections.abc import Awaitable, Callable, Iterable, Iterator

from services.alerts.dashboard.pager_words import PagerWords
from services.alerts.notify.house.broker import Broker
from services.alerts.notify.house.room_states import RoomStates
from services.alerts.notify.pager import Pager
from services.alerts.notify.receiver import Receiver
from services.alerts.notify.webhook import Webhook
from services.alerts.parts import Parts
from services.alerts.policy.alert import Alert


def receivers(parts: Parts) -> Iterator[Receiver]:
    """All of them. Raises SettingsError for an address that nobody knows."""
    one = parts.settings
    key = one.webhook_secret.get_secret_value().encode() if one.webhook_secret else None
    for url in one.webhook_urls:
        yield Webhook(str(url), key, parts.metrics, context=parts.contexts.webhooks)
    words = PagerWords(parts.site, parts.renderer.spoken(one.pager_language))
    for place, address in enumerate(one.pager_urls, 1):
        yield Pager(address.get_secret_value(), words, parts.clock, parts.metrics, place=place)
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


def _care_record(parts: Parts, words: PagerWords) -> Iterator[Receiver]:
    one = parts.settings
    if one.fhir_url is None:
        return
    # here, because the models of FHIR cost a service 30 MB that has no care record
    from services.alerts.notify.care_record.fhir_receiver import CareRecord
    from services.alerts.notify.care_record.names import Names

    yield CareRecord(
        str(one.fhir_url),
        one.fhir_token_file,
        Names(parts.site),
        words,
        parts.metrics,
        context=parts.contexts.webhooks,
    )

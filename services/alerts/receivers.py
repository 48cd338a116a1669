"""Who is told of changes, as the settings say."""

from collections.abc import Iterator

from services.alerts.dashboard.pager_words import PagerWords
from services.alerts.notify.pager import Pager
from services.alerts.notify.receiver import Receiver
from services.alerts.notify.webhook import Webhook
from services.alerts.parts import Parts


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

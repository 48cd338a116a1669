"""What outlives a term: the parts of one process that it has whether it leads or follows. Wired, not started."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.alerts.audit.audit_file import AuditFile
from services.alerts.audit.head_by_https import ByHttps
from services.alerts.audit.head_places import HeadPlace, InFile, OnBus
from services.alerts.audit.ledger import Ledger
from services.alerts.audit.signature import private_key
from services.alerts.certificates import (
    CertificateWatch,
    database_context,
    page_context,
    redis_context,
    webhook_context,
)
from services.alerts.dashboard.render import Renderer
from services.alerts.leading.bus_link import BusLink
from services.alerts.leading.lease import Lease, Word
from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.undelivered import Undelivered
from services.alerts.people.people import People
from services.alerts.people.provider import Provider, ProviderRules, check_roles
from services.alerts.people.session_times import SessionTimes
from services.alerts.records.database import Database
from services.alerts.redis_client import redis_client
from services.alerts.settings import AlertsSettings
from services.alerts.traces import Traces, make_traces
from services.alerts.ward_clock import WardClock
from services.bus.connection import renewed_context
from services.runtime.certificates import RenewedContext, export
from services.runtime.errors import SettingsError
from services.runtime.process import Process
from services.site.records import Site


@dataclass(frozen=True)
class Contexts:
    """TLS of the ward's ends beside the bus; None: no file says how."""

    page: RenewedContext | None
    redis: RenewedContext | None
    webhooks: ssl.SSLContext | None
    database: RenewedContext | None


@dataclass(frozen=True)
class Parts:
    """The parts. records_kept: whether the database took what was last written to it.

    site: without its test rooms; whole_site: with them, for whoever tells the two apart and for nobody else.
    """

    settings: AlertsSettings
    site: Site
    whole_site: Site
    process: Process
    clock: WardClock
    metrics: AlertsMetrics
    contexts: Contexts
    certificates: CertificateWatch
    link: BusLink
    lease: Lease
    ledger: Ledger
    audit_key: Ed25519PrivateKey | None
    head_places: Mapping[str, HeadPlace]
    undelivered: Undelivered
    people: People
    provider: Provider | None
    renderer: Renderer
    consent_key: Ed25519PrivateKey | None
    records_kept: Callable[[], bool]
    traces: Traces | None


def make_parts(
    settings: AlertsSettings, site: Site, process: Process, word: Callable[[], Word], records_open: Callable[[], bool]
) -> Parts:
    """Wire them. word: what this replica says while it leads. No I/O but of certificates.

    Raises SettingsError when settings contradict each other, UnusableFile for a certificate.
    """
    settings.rules()
    whole_site, site = site, site.looked_after
    if not site.wards:
        raise SettingsError(("VEILWARD_ALERTS_SITE_FILE",), "every room is a test room: nobody would be looked after")
    contexts = _contexts(settings, process)
    clock, link = WardClock(process.clock), BusLink(settings, site.site, process.metrics)
    undelivered = Undelivered()
    people = _people(settings, site, process, clock, contexts)
    named = (contexts.page, contexts.redis, contexts.webhooks, contexts.database, renewed_context(settings))
    return Parts(
        settings=settings,
        site=site,
        whole_site=whole_site,
        process=process,
        clock=clock,
        metrics=AlertsMetrics(process.metrics, [ref.camera for ref in whole_site.test_cameras]),
        contexts=contexts,
        certificates=CertificateWatch([one.files for one in named if isinstance(one, RenewedContext)]),
        link=link,
        lease=Lease(settings.replica_name, lambda: link.lease, word, lambda: process.clock.now().mono),
        ledger=Ledger(AuditFile(settings.audit_file), lambda: link.ledger, [undelivered.note]),
        audit_key=_audit_key(settings),
        head_places=_head_places(settings, link, contexts.webhooks),
        undelivered=undelivered,
        people=people,
        provider=_provider(settings, people, process),
        renderer=Renderer(settings.timezone),
        consent_key=None if settings.consent_key is None else private_key(settings.consent_key),
        records_kept=lambda: records_open() and people.log.available,
        traces=_traces(settings, process),
    )


def _contexts(settings: AlertsSettings, process: Process) -> Contexts:
    redis, receivers = redis_context(settings), webhook_context(settings)
    found = Contexts(page_context(settings), redis, receivers, database_context(settings))
    for one in (found.page, redis, receivers, found.database):
        if one is not None:
            export(process.metrics, "alerts", one)
    return found


def _audit_key(settings: AlertsSettings) -> Ed25519PrivateKey | None:
    if settings.audit_key is not None:
        return private_key(settings.audit_key)
    for name in ("audit_heads_file", "audit_heads_url"):
        if getattr(settings, name) is not None:
            raise SettingsError((f"VEILWARD_ALERTS_{name.upper()}",), "needs VEILWARD_ALERTS_AUDIT_KEY")
    return None


def _traces(settings: AlertsSettings, process: Process) -> Traces | None:
    url = None if settings.traces_url is None else str(settings.traces_url)
    return make_traces(url, settings.traces_ca, settings.replica_name, process.metrics)


def _head_places(settings: AlertsSettings, link: BusLink, believed: ssl.SSLContext | None) -> dict[str, HeadPlace]:
    found: dict[str, HeadPlace] = {"bus": OnBus(lambda: link.heads)}
    if settings.audit_heads_file is not None:
        found["file"] = InFile(settings.audit_heads_file)
    if settings.audit_heads_url is not None:
        found["https"] = ByHttps(str(settings.audit_heads_url), settings.audit_heads_token_file, believed)
    return found


def _people(settings: AlertsSettings, site: Site, process: Process, clock: WardClock, contexts: Contexts) -> People:
    return People(
        Database(settings.database_address, contexts.database),
        redis_client(settings.redis_url.get_secret_value(), contexts.redis),
        site.site,
        clock,
        lambda: process.clock.now().mono,
        SessionTimes(timedelta(seconds=settings.session_idle_s), timedelta(seconds=settings.session_longest_s)),
        timedelta(days=settings.records_days),
    )


def _provider(settings: AlertsSettings, people: People, process: Process) -> Provider | None:
    if settings.oidc_issuer is None:
        return None
    try:
        check_roles(settings.oidc_roles)
    except ValueError as error:
        raise SettingsError(("VEILWARD_ALERTS_OIDC_ROLES",), str(error)) from None
    secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
    back = f"{settings.oidc_page_url.rstrip('/')}/provider/back"
    rules = ProviderRules(
        settings.oidc_issuer, settings.oidc_client_id, secret, back, settings.oidc_claim, settings.oidc_roles
    )
    return Provider(rules, people.accounts, lambda: process.clock.now().mono)

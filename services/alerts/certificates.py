"""The ward's ends of TLS beside the bus: page, Redis, PostgreSQL, webhooks. Each is renewed with its files."""

import ssl
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography import x509

from services.alerts.settings import AlertsSettings
from services.runtime.certificates import CertificateFiles, RenewedContext
from services.runtime.errors import UnusableFile

WARNED = timedelta(days=14)
"""How long before its end a certificate is a technical alarm, unless its whole life is short."""
WARNED_SHARE = 4
"""One that is renewed by itself every day or week is an alarm in the last quarter of its life."""
LOOK = timedelta(minutes=1)


class CertificateWatch:
    """When what these files hold ends. Files are read once a minute."""

    def __init__(self, files: Sequence[CertificateFiles]) -> None:
        self._files = files
        self._looked: datetime | None = None
        self._lives: dict[str, tuple[datetime, datetime]] = {}

    def ending(self, now: datetime) -> Iterator[tuple[str, int]]:
        """Names and whole days until the end of those that end soon; below 0: ended."""
        if self._looked is None or not timedelta(0) <= now - self._looked < LOOK:
            self._looked = now
            self._lives = dict(self._read())
        for name, (begin, end) in sorted(self._lives.items()):
            if end - now < min(WARNED, (end - begin) / WARNED_SHARE):
                yield name, (end - now).days

    def _read(self) -> Iterator[tuple[str, tuple[datetime, datetime]]]:
        for one in self._files:
            for name, path in ((one.name, one.certificate), (f"{one.name}_authority", one.authority)):
                try:
                    found = [] if path is None else x509.load_pem_x509_certificates(path.read_bytes())
                except (OSError, ValueError):
                    continue  # half renewed: what was in use stays so, and is looked at again
                lives = [(cert.not_valid_before_utc, cert.not_valid_after_utc) for cert in found]
                if lives:
                    soonest = min(lives, key=lambda life: life[1])
                    yield name, soonest if path == one.certificate else max(lives, key=lambda life: life[1])


def page_context(settings: AlertsSettings) -> RenewedContext | None:
    """HTTPS of the page, from TLS 1.2 on; None: it is plain HTTP. Raises UnusableFile."""
    certificate, key = settings.http_cert, settings.http_key
    if certificate is None:
        return None
    return RenewedContext(CertificateFiles("web", certificate, key), partial(_page, certificate, key))


def redis_context(settings: AlertsSettings) -> RenewedContext | None:
    """Whom to believe that it is Redis; None: no file says so. Raises UnusableFile."""
    return _believing("redis", settings.redis_ca)


def database_context(settings: AlertsSettings) -> RenewedContext | None:
    """Whom to believe that it is PostgreSQL; None: no file says so. Raises UnusableFile."""
    return _believing("database", settings.database_ca)


def webhook_context(settings: AlertsSettings) -> RenewedContext | None:
    """Whom to believe that it is a receiver; None: whom the system believes. Raises UnusableFile."""
    return _believing("webhooks", settings.webhook_ca)


def _believing(name: str, authority: Path | None) -> RenewedContext | None:
    if authority is None:
        return None
    return RenewedContext(CertificateFiles(name, authority=authority), partial(_client, authority))


def _page(certificate: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        raise UnusableFile(certificate, f"no PEM with its key: {type(error).__name__}") from None
    return context


def _client(authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(authority)
    except OSError as error:
        raise UnusableFile(authority, f"no PEM: {type(error).__name__}") from None
    return context

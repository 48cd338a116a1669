"""The ward's ends of TLS beside the bus: the page, Redis, receivers of webhooks. Each is renewed with its files."""

import ssl
from functools import partial
from pathlib import Path

from services.alerts.settings import AlertsSettings
from services.runtime.certificates import CertificateFiles, RenewedContext
from services.runtime.errors import UnusableFile


def page_context(settings: AlertsSettings) -> RenewedContext | None:
    """HTTPS of the page, from TLS 1.2 on; None: it is plain HTTP. Raises UnusableFile."""
    certificate, key = settings.http_cert, settings.http_key
    if certificate is None:
        return None
    return RenewedContext(CertificateFiles("web", certificate, key), partial(_page, certificate, key))


def redis_context(settings: AlertsSettings) -> RenewedContext | None:
    """Whom to believe that it is Redis; None: no file says so. Raises UnusableFile."""
    return _believing("redis", settings.redis_ca)


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

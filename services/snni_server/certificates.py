"""The edge's ends of TLS: how it is asked, and how a share server asks the other two. Renewed with their files."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

from services.runtime.certificates import CertificateFiles, RenewedContext
from services.runtime.errors import UnusableFile
from services.snni_server.settings import SnniServerSettings
from snni.session.tls import Identity, client_context, server_context


def asked_by(settings: SnniServerSettings) -> RenewedContext:
    """By which clients, and other share servers, ask this one. Raises UnusableFile."""
    return _renewed("snni", settings.certificate, settings.key, settings.ca, server_context)


def dials_by(settings: SnniServerSettings) -> RenewedContext | None:
    """By which a share server asks the other two; None for the server of two parties. Raises UnusableFile."""
    if settings.dial_certificate is None or settings.dial_key is None:
        return None
    return _renewed("snni_dial", settings.dial_certificate, settings.dial_key, settings.ca, client_context)


def _renewed(
    name: str, certificate: Path, key: Path, ca: Path, make: Callable[[Identity], ssl.SSLContext]
) -> RenewedContext:
    def build() -> ssl.SSLContext:
        try:
            return make(Identity(certificate, key, ca))
        except OSError as error:
            reason = f"no PEM with its key and authority: {type(error).__name__}"
            raise UnusableFile(certificate, reason) from None

    return RenewedContext(CertificateFiles(name, certificate, key, ca), build)

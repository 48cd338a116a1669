"""Whose certificates are believed of cameras that are asked over TLS."""

from __future__ import annotations

import ssl
from pathlib import Path

from services.runtime.errors import UnusableFile


def authority(ca: Path | None) -> ssl.SSLContext:
    """What verifies cameras' certificates and names, from TLS 1.2 on. ca: None: the system's. Raises UnusableFile."""
    if ca is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise UnusableFile(ca, f"no PEM with certificates: {type(error).__name__}") from None

"""TLS out of files that are renewed while the process runs (cert-manager, the kubelet's swap of a secret's links).

A `RenewedContext` stands wherever an `ssl.SSLContext` is asked for. Every handshake is made with what the files hold at
its time; files that cannot be used (a key that does not match its certificate yet, half a PEM) leave in use what was
in use, and that is said. Connections that stand go on, for a certificate is looked at in handshakes only: who holds one
asks `outlived` whether it should be made anew.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from socket import socket
from typing import Self

from cryptography import x509

from services.runtime.errors import UnusableFile
from services.runtime.logging import get_logger, log_event
from services.runtime.metrics import Metrics

LIFE_USED = 0.9
"""The part of a certificate's life after which connections made with it are made anew, where a newer one is there."""

Build = Callable[[], ssl.SSLContext]
_log = get_logger("certificates")


@dataclass(frozen=True)
class CertificateFiles:
    """PEM files of one end of TLS. name: what they are for, in metrics and logs.

    certificate (with its chain) and key: how this end shows itself. authority: whom it believes. None: not by a file.
    """

    name: str
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None

    def signature(self) -> tuple[tuple[int, ...], ...]:
        """Equal as long as no file was written or replaced; of one that is missing, nothing."""
        return tuple(_signature(path) for path in (self.certificate, self.key, self.authority))

    def ends(self) -> Iterator[tuple[str, datetime]]:
        """When what the files hold ends: `<name>` its chain's first end, `<name>_authority` the last authority's."""
        if self.certificate is not None:
            yield self.name, min(one.not_valid_after_utc for one in _certificates(self.certificate))
        if self.authority is not None:
            yield f"{self.name}_authority", max(one.not_valid_after_utc for one in _certificates(self.authority))


@dataclass(frozen=True)
class Lease:
    """What a connection was made with. due: when it should be made anew; None: never, it shows no certificate."""

    generation: int
    due: datetime | None


class RenewedContext(ssl.SSLContext):
    """An SSLContext whose handshakes follow its files. Callable from any thread."""

    _alpn: tuple[str, ...] | None = None

    def __new__(cls, files: CertificateFiles, build: Build) -> Self:
        """The object itself is never shaken hands with: each handshake is the inner context's."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, files: CertificateFiles, build: Build) -> None:
        """build: a context out of the files. Raises what it raises, OSError (ssl.SSLError is one) or UnusableFile."""
        self.files = files
        self._build = build
        self._lock = threading.Lock()
        self._refused: tuple[tuple[int, ...], ...] | None = None
        self._generation = 0
        self._load(files.signature())

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As SSLContext's, by what the files hold now."""
        return self.current().wrap_bio(incoming, outgoing, server_side, server_hostname, session)

    def wrap_socket(
        self,
        sock: socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """As SSLContext's, by what the files hold now."""
        return self.current().wrap_socket(
            sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session
        )

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """As SSLContext's, for this and every later load."""
        self._alpn = tuple(alpn_protocols)
        self._context.set_alpn_protocols(self._alpn)

    def current(self) -> ssl.SSLContext:
        """The context by the files as they are, or by what they last held that could be used."""
        with self._lock:
            signature = self.files.signature()
            if signature == self._loaded:
                self._refused = None
            else:
                self._reload(signature)
            return self._context

    @property
    def refused(self) -> bool:
        """Whether the files hold something that cannot be used, so that older certificates stay in use."""
        self.current()
        return self._refused is not None

    def ends(self) -> dict[str, datetime]:
        """When what is in use ends, by the names of `CertificateFiles.ends`."""
        self.current()
        return dict(self._ends)

    def lease(self) -> Lease:
        """What the next handshake is made with."""
        self.current()
        return Lease(self._generation, self._due)

    def outlived(self, lease: Lease) -> bool:
        """Whether a connection made under `lease` should be made anew: it nears its certificate's end, and a newer
        certificate is in use.
        """
        if lease.due is None or datetime.now(UTC) < lease.due:
            return False
        self.current()
        return self._generation != lease.generation

    def _load(self, signature: tuple[tuple[int, ...], ...]) -> None:
        context = self._build()
        try:
            ends, due = dict(self.files.ends()), _due(self.files.certificate)
        except ValueError as error:  # OpenSSL took it, so that it can only be read while it is written
            raise ssl.SSLError(f"{self.files.name}: {type(error).__name__}") from None
        if self._alpn is not None:
            context.set_alpn_protocols(self._alpn)
        self._context, self._ends, self._due = context, ends, due
        self._loaded, self._refused = signature, None
        self._generation += 1

    def _reload(self, signature: tuple[tuple[int, ...], ...]) -> None:
        try:
            self._load(signature)
        except (OSError, UnusableFile) as error:
            if signature != self._refused:  # said once for each thing found
                reason = str(error) if isinstance(error, UnusableFile) else type(error).__name__
                log_event(_log, "certificate_refused", logging.ERROR, files=self.files.name, reason=reason)
            self._refused = signature
        else:
            for name, end in self._ends.items():
                log_event(_log, "certificate_renewed", files=name, until=end.isoformat())


def export(metrics: Metrics, service: str, context: RenewedContext) -> None:
    """Tell Prometheus when what `context` uses ends. Looks at the files with every scrape."""
    prefix = f"veilward_{service}_certificate_"
    ends = metrics.gauge(prefix + "not_after_timestamp_seconds", "When a certificate in use ends", ("certificate",))
    for name in context.ends():
        ends.labels(name).set_function(partial(_end, context, name))
    refused = metrics.gauge(
        prefix + "refused", "1 while certificates on disk cannot be used and older ones stay in use", ("certificate",)
    )
    refused.labels(context.files.name).set_function(lambda: float(context.refused))


def _end(context: RenewedContext, name: str) -> float:
    return context.ends()[name].timestamp()


def _signature(path: Path | None) -> tuple[int, ...]:
    if path is None:
        return ()
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _certificates(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes())


def _due(certificate: Path | None) -> datetime | None:
    if certificate is None:
        return None
    first = _certificates(certificate)[0]
    life: timedelta = first.not_valid_after_utc - first.not_valid_before_utc
    return first.not_valid_before_utc + LIFE_USED * life

"""Certificates, keys and folders on disk: good, fitting, private, with room left."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.runtime.certificates import CertificateFiles
from services.runtime.doctor.finding import Finding, fail, ok, warn

WARNED = timedelta(days=14)
WARNED_SHARE = 4
"""A certificate is named from WARNED before its end on; one of a short life in the last quarter of it."""
SCARCE_BYTES = 1024**3
FULL_BYTES = 64 * 1024**2

ISSUE = "issue it anew (deploy/README.md, Certificates)"


async def certificates(files: CertificateFiles, uri: str = "", now: datetime | None = None) -> Sequence[Finding]:
    """uri: the SPIFFE id that the certificate must carry, or its beginning, which ends in '/'; "": any."""
    return list(_certificates(files, uri, now or datetime.now(UTC)))


async def private_key(about: str, path: Path) -> Sequence[Finding]:
    """A key without a certificate: there, PEM, closed to others."""
    return list(_key(about, path, None))


async def folder(about: str, path: Path) -> Sequence[Finding]:
    """A folder in which a service keeps something: there, writable, with space left."""
    return [_folder(about, path)]


def life(about: str, certificate: x509.Certificate, now: datetime) -> Finding:
    """How long a certificate is good for."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    left = end - now
    if now < begin:
        return fail(about, f"begins only at {begin:%Y-%m-%d %H:%M} UTC", "set this machine's clock, or " + ISSUE)
    if left <= timedelta(0):
        return fail(about, f"ended {end:%Y-%m-%d %H:%M} UTC", ISSUE)
    said = f"{left.days} days left" if left.days else f"{left.total_seconds() / 3600:.1f} hours left"
    if left < min(WARNED, (end - begin) / WARNED_SHARE):
        return warn(about, said, "look whether whoever renews it still does, or " + ISSUE)
    return ok(about, said)


def _folder(about: str, path: Path) -> Finding:
    if not path.is_dir():
        return fail(about, f"{path} is no folder", "make it, or mount its volume")
    if not os.access(path, os.W_OK | os.X_OK):
        return fail(about, f"{path} cannot be written by user {os.getuid()}", "give the folder to the service's user")
    free = shutil.disk_usage(path).free
    said = f"{path}: {free / 1024**2:,.0f} MiB free"
    if free < FULL_BYTES:
        return fail(about, said, "make room on that disk, now")
    if free < SCARCE_BYTES:
        return warn(about, said, "make room on that disk")
    return ok(about, said)


def _certificates(files: CertificateFiles, uri: str, now: datetime) -> Iterator[Finding]:
    authority, chain = list(_read(files.authority)), list(_read(files.certificate))
    unread = [path for path, found in ((files.authority, authority), (files.certificate, chain)) if path and not found]
    for path in unread:
        yield fail(files.name, f"{path} holds no certificate that can be read", "put the PEM file there")
    if chain:
        yield life(f"{files.name} certificate", chain[0], now)
        yield from _names(files.name, chain[0], uri)
        if files.key is not None:
            yield from _key(f"{files.name} key", files.key, chain[0])
    if authority:
        yield life(f"{files.name} authority", max(authority, key=lambda one: one.not_valid_after_utc), now)
    if authority and chain and not _leads(chain, authority):
        yield fail(
            f"{files.name} chain",
            f"{files.certificate} was issued by none of {files.authority}",
            "take both from one authority; each pair of zones has its own",
        )


def _names(name: str, certificate: x509.Certificate, uri: str) -> Iterator[Finding]:
    """Whom a certificate names: the wanted SPIFFE id among them."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if uri and not any(one == uri or (uri.endswith("/") and one.startswith(uri)) for one in uris):
        shown = ", ".join(uris) or "no SPIFFE id"
        yield fail(f"{name} identity", f"the certificate names {shown}, not {uri}", "issue it with that URI as a name")


def _key(about: str, path: Path, certificate: x509.Certificate | None) -> Iterator[Finding]:
    try:
        mode = path.stat().st_mode
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        yield fail(about, f"{path} holds no key that can be read", "put the PEM file there, without a passphrase")
        return
    if certificate is not None and key.public_key() != certificate.public_key():
        yield fail(about, f"{path} is not the key of the certificate", "put the pair there that was issued together")
    elif mode & stat.S_IRWXO:
        yield fail(about, f"{path} is open to every user (mode {stat.S_IMODE(mode):04o})", f"chmod o= {path}")
    elif mode & stat.S_IWGRP:
        yield warn(about, f"{path} can be written by its group (mode {stat.S_IMODE(mode):04o})", f"chmod g-w {path}")
    else:
        yield ok(about, f"fits, mode {stat.S_IMODE(mode):04o}")


def _read(path: Path | None) -> Sequence[x509.Certificate]:
    if path is None:
        return ()
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return ()


def _leads(chain: Sequence[x509.Certificate], authorities: Sequence[x509.Certificate]) -> bool:
    """Whether the chain, the shown certificate first, ends at one of the authorities."""
    for number, one in enumerate(chain):
        if any(_issued(one, by) for by in authorities):
            return True
        if number + 1 == len(chain) or not _issued(one, chain[number + 1]):
            return False
    return False


def _issued(one: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True

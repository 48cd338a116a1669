"""A throw-away public key infrastructure: one authority per pair of zones, certificates for one day.

    bus-room   the leaf's NATS server and the services of the room
    bus-ward   the hub's NATS server, the leaf as the hub's client, alerts
    snni       snni_client and snni_server
    web        the HTTPS of ingest and of the dashboard
An authority's private key never touches the disk. Certificates carry a SPIFFE URI; servers also DNS localhost and
IP 127.0.0.1. A certificate is good for the side it is meant for (extended key usage), so that a client's cannot pose
as a server's. Profiles follow RFC 5280 and the SPIFFE X.509-SVID specification, but for the DNS names of servers.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.bus import identities

Side = Literal["client", "server"]
LIFETIME = timedelta(days=1)
SKEW = timedelta(minutes=5)
DEMO_DOMAIN = "room-1"


@dataclass(frozen=True)
class Leaf:
    """A certificate to issue: file name, authority, SPIFFE URI, and the side it may stand on."""

    name: str
    authority: str
    uri: str
    side: Side


def certificates(domain: str = DEMO_DOMAIN) -> tuple[Leaf, ...]:
    """Every certificate of one room device with this JetStream domain, its ward and its edge."""
    spiffe = identities.spiffe
    return (
        Leaf("nats_leaf", "bus-room", spiffe("room", "nats"), "server"),
        *(
            Leaf(f"bus_{one.service}", "bus-ward" if one.account == "WARD" else "bus-room", one.uri, "client")
            for one in identities.SERVICES
        ),
        Leaf("nats_hub", "bus-ward", spiffe("ward", "nats"), "server"),
        Leaf("leaf_remote", "bus-ward", identities.leaf_remote(domain).uri, "client"),
        Leaf("snni_client", "snni", spiffe("room", "snni_client"), "client"),
        Leaf("snni_server", "snni", spiffe("edge", "snni_server"), "server"),
        Leaf("ingest_web", "web", spiffe("room", "ingest"), "server"),
        Leaf("dashboard_web", "web", spiffe("ward", "alerts"), "server"),
    )


class Authority:
    """A certificate authority whose key lives in memory only."""

    def __init__(self, name: str, now: datetime) -> None:
        self.name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"veilward {name}")])
        self.certificate = (
            _builder(subject, subject, self._key.public_key(), now - SKEW, now + LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(authority=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def issue(
        self, uri: str, side: Side, not_before: datetime, not_after: datetime
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """A certificate for `uri` and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri)]
        if side == "server":
            names += [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if side == "server" else ExtendedKeyUsageOID.CLIENT_AUTH
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, uri.rsplit("/", 2)[-2])])
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder(subject, self.certificate.subject, key.public_key(), not_before, not_after)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(issuer_key, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate, key


class Pki:
    """The files of one infrastructure under `directory` (mode 0700): `<name>.pem`, `<name>.key`, `<ca>.pem`."""

    def __init__(self, directory: Path, now: datetime) -> None:
        self.directory = directory
        self._now = now
        self._authorities: dict[str, Authority] = {}
        self._authority_of: dict[str, str] = {}

    def cert(self, name: str) -> tuple[Path, Path, Path]:
        """(certificate, key, authority's certificate) of `name`; the authority is the one that peers have too.

        Raises:
            KeyError: no such certificate was issued.
        """
        authority = self._authority_of[name]
        return self.directory / f"{name}.pem", self.directory / f"{name}.key", self.ca(authority)

    def ca(self, authority: str) -> Path:
        """The authority's certificate."""
        return self.directory / f"{authority}.pem"

    def issue(
        self, name: str, authority: str, uri: str, side: Side, not_before: datetime | None = None
    ) -> tuple[Path, Path, Path]:
        """Issue one more certificate, one day long from `not_before` (now), and write its files."""
        issuer = self._authorities.get(authority)
        if issuer is None:
            issuer = self._authorities[authority] = Authority(authority, self._now)
            _write(self.ca(authority), issuer.certificate.public_bytes(serialization.Encoding.PEM))
        start = (not_before or self._now) - SKEW
        certificate, key = issuer.issue(uri, side, start, start + LIFETIME)
        _write(self.directory / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM))
        encoding, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        _write(
            self.directory / f"{name}.key",
            key.private_bytes(encoding, pkcs8, serialization.NoEncryption()),
        )
        self._authority_of[name] = authority
        return self.cert(name)


def make_pki(directory: Path, domain: str = DEMO_DOMAIN, now: datetime | None = None) -> Pki:
    """Issue every certificate of `certificates(domain)` into `directory`, which is made with, or set to, mode 0700."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    pki = Pki(directory, now or datetime.now(UTC))
    for one in certificates(domain):
        pki.issue(one.name, one.authority, one.uri, one.side)
    return pki


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)

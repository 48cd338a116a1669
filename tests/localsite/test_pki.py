"""The throw-away PKI: who signs whom, for what, for how long, and who may read the files."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from localsite.pki import Pki, certificates, make_pki

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
EXPECTED = {
    "nats_leaf": ("bus-room", "spiffe://veilward/room/nats/0", True),
    "bus_ingest": ("bus-room", "spiffe://veilward/room/ingest/0", False),
    "bus_keyframe": ("bus-room", "spiffe://veilward/room/keyframe/0", False),
    "bus_snni_client": ("bus-room", "spiffe://veilward/room/snni_client/0", False),
    "bus_bridge": ("bus-room", "spiffe://veilward/room/bridge/0", False),
    "nats_hub": ("bus-ward", "spiffe://veilward/ward/nats/0", True),
    "leaf_remote": ("bus-ward", "spiffe://veilward/room/leaf/room-1", False),
    "bus_alerts": ("bus-ward", "spiffe://veilward/ward/alerts/0", False),
    "snni_client": ("snni", "spiffe://veilward/room/snni_client/0", False),
    "snni_server": ("snni", "spiffe://veilward/edge/snni_server/0", True),
    "ingest_web": ("web", "spiffe://veilward/room/ingest/0", True),
    "dashboard_web": ("web", "spiffe://veilward/ward/alerts/0", True),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """An infrastructure of NOW."""
    return make_pki(tmp_path_factory.mktemp("made") / "pki", now=NOW)


def load(path: Path) -> x509.Certificate:
    """The certificate in a file."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_list_is_complete() -> None:
    assert {one.name for one in certificates()} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_certificate(made: Pki, name: str) -> None:
    authority, uri, is_server = EXPECTED[name]
    cert_path, key_path, ca_path = made.cert(name)
    certificate, issuer = load(cert_path), load(ca_path)
    assert ca_path.name == f"{authority}.pem"
    certificate.verify_directly_issued_by(issuer)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [uri]
    assert names.get_values_for_type(x509.DNSName) == (["localhost"] if is_server else [])
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == (["127.0.0.1"] if is_server else [])
    usage = list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert usage == [ExtendedKeyUsageOID.SERVER_AUTH if is_server else ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_before_utc <= NOW < certificate.not_valid_after_utc
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=1)
    assert key_path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


def test_authorities_do_not_sign_for_each_other(made: Pki) -> None:
    for authority in ("bus-ward", "snni", "web"):
        with pytest.raises(ValueError):
            load(made.cert("bus_ingest")[0]).verify_directly_issued_by(load(made.ca(authority)))


def test_only_the_owner_reads(made: Pki) -> None:
    assert stat.S_IMODE(made.directory.stat().st_mode) == 0o700
    for path in made.directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_no_authoritys_key_is_on_the_disk(made: Pki) -> None:
    keys = {path.stem for path in made.directory.glob("*.key")}
    assert keys == set(EXPECTED)


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_pki(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_name_that_was_not_issued(made: Pki) -> None:
    with pytest.raises(KeyError):
        made.cert("nobody")

"""Certificates without cert-manager: what the script issues is what the manifests ask of cert-manager."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from services.alerts.audit.signature import private_key, public_key
from services.ingest.consent.keys import read_keys
from tests.deploy.manifests import ROOT, Object, of_kind

ISSUE = ROOT / "deploy" / "certificates" / "issue"
CONSENT, AUDIT = "veilward-consent-key", "veilward-alerts-audit"
SIDES = {"server auth": ExtendedKeyUsageOID.SERVER_AUTH, "client auth": ExtendedKeyUsageOID.CLIENT_AUTH}


def issue(*arguments: object) -> None:
    subprocess.run([str(ISSUE), *map(str, arguments)], check=True)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def believed(directory: Path, secret: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((directory / "secrets" / secret / "ca.crt").read_bytes())


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificates")
    issue(directory)
    return directory


@pytest.mark.parametrize("spec", [one["spec"] for one in of_kind("Certificate")], ids=lambda spec: spec["secretName"])
def test_every_secret_is_as_the_manifests_ask(issued: Path, spec: Object) -> None:
    found = certificate(issued / "secrets" / spec["secretName"] / "tls.crt")
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == spec["uris"]
    assert names.get_values_for_type(x509.DNSName) == spec.get("dnsNames", [])
    assert list(found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [SIDES[spec["usages"][1]]]
    (authority,) = believed(issued, spec["secretName"])
    assert authority.subject.rfc4514_string() == f"CN=veilward {spec['issuerRef']['name'].removeprefix('veilward-')}"
    found.verify_directly_issued_by(authority)
    folder = issued / "secrets" / spec["secretName"]
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(folder / "tls.crt", folder / "tls.key")
    assert not (folder / "tls.key").stat().st_mode & 0o077


def test_there_is_no_other_secret(issued: Path) -> None:
    asked = {one["spec"]["secretName"] for one in of_kind("Certificate")}
    assert {path.name for path in (issued / "secrets").iterdir()} == asked | {CONSENT, AUDIT}


def test_the_key_for_consents_is_made_once_and_rooms_get_its_public_half(issued: Path) -> None:
    path = issued / "secrets" / CONSENT / "private.pem"
    before = path.read_bytes()
    assert not path.stat().st_mode & 0o077
    assert read_keys(issued / "ward" / "keys.pem") == (private_key(path).public_key(),)
    issue(issued)
    assert path.read_bytes() == before


def test_the_key_of_the_audit_log_is_made_once_and_its_auditor_gets_its_public_half(issued: Path) -> None:
    path = issued / "secrets" / AUDIT / "audit.pem"
    before = path.read_bytes()
    assert not path.stat().st_mode & 0o077
    assert public_key(issued / "ward" / "audit.pub") == private_key(path).public_key()
    issue(issued)
    assert path.read_bytes() == before


def test_an_authority_is_replaced_in_three_steps(tmp_path: Path) -> None:
    table = tmp_path / "table"
    table.write_text("one a spiffe://veilward/room/x/0 client -\ntwo b spiffe://veilward/room/y/0 client -\n")

    def step(*words: str) -> tuple[x509.Certificate, list[x509.Certificate]]:
        command = [str(ISSUE), str(tmp_path / "out"), *words]
        subprocess.run(command, check=True, env={"PATH": "/usr/bin:/bin", "TABLE": str(table)})
        return certificate(tmp_path / "out/secrets/one/tls.crt"), believed(tmp_path / "out", "one")

    _, (old,) = step()
    other = believed(tmp_path / "out", "two")
    leaf, both = step("overlap", "a")
    leaf.verify_directly_issued_by(old)
    new = next(one for one in both if one != old)
    leaf, both = step("take-over", "a")
    leaf.verify_directly_issued_by(new)
    assert {one.serial_number for one in both} == {old.serial_number, new.serial_number}
    leaf, left = step("forget", "a")
    leaf.verify_directly_issued_by(new)
    assert left == [new]
    assert believed(tmp_path / "out", "two") == other, "the other authority stays what it was"

"""Certificates without cert-manager: what the script issues is what the manifests ask of cert-manager."""

from __future__ import annotations

import base64
import hashlib
import re
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from services.alerts.audit.signature import private_key, public_key
from services.ingest.consent.keys import read_keys
from services.site.overlay.__main__ import main as make_overlay
from services.site.overlay.overlay import KINDS
from tests.deploy.manifests import CLUSTERS, EXAMPLES, ROOT, Object, of_kind, pods, render

ISSUE = ROOT / "deploy" / "certificates" / "issue"
CONSENT, AUDIT = "veilward-consent-key", "veilward-alerts-audit"
REDIS, POSTGRES = "veilward-redis", "veilward-postgres"
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
    assert {path.name for path in (issued / "secrets").iterdir()} == asked | {CONSENT, AUDIT, REDIS, POSTGRES}


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


def test_the_databases_passwords_are_made_once_and_are_those_of_their_users(issued: Path) -> None:
    secrets = issued / "secrets"
    before = {path: path.read_text() for name in (REDIS, POSTGRES) for path in (secrets / name).iterdir()}
    assert all(not path.stat().st_mode & 0o077 for path in before)
    word = before[secrets / POSTGRES / "password"]
    assert len(word) == 64
    assert before[secrets / POSTGRES / "url"] == f"postgresql://alerts:{word}@veilward-postgres:5432/veilward"
    found = re.fullmatch(r"rediss://alerts:([0-9a-f]{64})@veilward-redis:6379/0", before[secrets / REDIS / "url"])
    assert found and found[1] != word
    template = (ROOT / "deploy/k8s/ward/redis/users.acl.template").read_text()
    hashed = hashlib.sha256(found[1].encode()).hexdigest()
    assert before[secrets / REDIS / "users.acl"] == template.replace("PASSWORD_SHA256", hashed)
    issue(issued)
    assert {path: path.read_text() for path in before} == before


@dataclass(frozen=True)
class Made:
    """A home's overlay without cert-manager, and what has been issued for it. kind: its example's."""

    kind: str
    directory: Path

    def clusters(self) -> list[tuple[Path, Path]]:
        """What is applied to each cluster: the example's, and the one made here."""
        example = EXAMPLES / self.kind
        return [(one, self.directory / one.relative_to(example)) for one in CLUSTERS if one.is_relative_to(example)]

    def secrets(self) -> list[Object]:
        """What is applied beside."""
        folders = (self.directory / "keys", *self.directory.glob("keys/secrets/edge"))
        return [one for path in folders for one in render(path)]


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    directory = tmp_path_factory.mktemp(request.param)
    text = (EXAMPLES / request.param / "site.yaml").read_text()
    (directory / "site.yaml").write_text(text.replace("certificates: cert-manager", "certificates: script"))
    overlay = directory / "overlay"
    assert make_overlay([request.param, str(directory / "site.yaml"), str(overlay)]) == 0
    issue(overlay / "keys")
    return Made(request.param, overlay)


def place(one: Object) -> tuple[str, str, str]:
    return one["metadata"]["namespace"], one["kind"], one["metadata"]["name"]


def test_a_home_without_cert_manager_has_every_secret_that_its_pods_mount(made: Made) -> None:
    applied = made.secrets()
    assert {one["kind"] for one in applied} == {"Secret", "ConfigMap"}
    wanted, there = set(), set()
    for _, cluster in made.clusters():
        assert not of_kind("Certificate", directory=cluster)
        there |= {place(one) for one in of_kind("ConfigMap", directory=cluster)}
        for pod in pods(cluster):
            wanted |= {(pod.namespace, "Secret", name) for name in pod.secrets()}
            wanted |= {(pod.namespace, "ConfigMap", name) for name in pod.config_maps()}
    assert {place(one) for one in applied} == wanted - there


def test_it_issues_what_cert_manager_is_asked_for_by_the_same_home(made: Made) -> None:
    asked = {
        (one["metadata"]["namespace"], spec["secretName"]): (spec["uris"], spec.get("dnsNames", []))
        for example, _ in made.clusters()
        for one in of_kind("Certificate", directory=example)
        for spec in [one["spec"]]
    }
    found = {}
    for one in made.secrets():
        if "tls.crt" in one["data"]:
            shown = x509.load_pem_x509_certificate(base64.b64decode(one["data"]["tls.crt"]))
            names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            uris = names.get_values_for_type(x509.UniformResourceIdentifier)
            found[one["metadata"]["namespace"], one["metadata"]["name"]] = uris, names.get_values_for_type(x509.DNSName)
    assert found == asked


def test_the_table_beside_the_script_is_that_of_one_machine(made: Made) -> None:
    if made.kind == "single-node":
        rows = [
            {tuple(line.split()) for line in path.read_text().splitlines() if not line.startswith("#")}
            for path in (made.directory / "keys/table", ISSUE.parent / "table")
        ]
        assert rows[0] == rows[1]


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


def refused(*arguments: object) -> str:
    done = subprocess.run([str(ISSUE), *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 2
    return done.stderr


def test_a_step_out_of_turn_or_of_no_authority_changes_nothing(tmp_path: Path) -> None:
    """Else a second take-over deletes the authority's key, and the next issue begins one that nobody believes."""
    issue(tmp_path)

    def content() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    before = content()
    assert "overlap comes first" in refused(tmp_path, "take-over", "bus-ward")
    assert "take-over comes first" in refused(tmp_path, "forget", "bus-ward")
    assert "bus-room bus-ward snni" in refused(tmp_path, "overlap", "wards")
    assert "no step" in refused(tmp_path, "renew", "bus-ward")
    assert content() == before


def test_certificates_whose_authority_lies_elsewhere_get_no_new_one(tmp_path: Path) -> None:
    issue(tmp_path)
    (tmp_path / "authorities").rename(tmp_path / "safe")
    assert "put the folder back" in refused(tmp_path)
    assert not list((tmp_path / "authorities").iterdir())


def test_help_is_told_and_makes_nothing(tmp_path: Path) -> None:
    told = subprocess.run([str(ISSUE), "--help"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "overlap" in told.stdout and not list(tmp_path.iterdir())

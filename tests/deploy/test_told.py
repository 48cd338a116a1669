"""Every command of deploy/README.md is run by a test, as it stands there."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from services.alerts.audit.signature import private_key, public_key
from services.ingest.consent.keys import read_keys
from tests.deploy.cluster.installer import install
from tests.deploy.compose import FILE
from tests.deploy.manifests import ROOT, WORKLOADS, pods
from tests.deploy.prometheus_operator import FILE as RULES
from tests.deploy.told import commands, follow, spans

TESTS = ROOT / "tests"
NOT_RUN = {
    "./run test --heavy tests/deploy/cluster": "it is what runs the others",
    "npm ci --prefix deploy": "./run install test, without which no test of this folder runs",
    "pytest tests/deploy": "this",
    "deploy/images/lock/renew": "it asks for versions of today; its result is what the images are built from",
}
"""And why not."""
WORDS = {
    "--build-arg BASE=docker.io/library/debian@sha256:...",
    "--frames 5 --selection all",
    "app.kubernetes.io/name: prometheus",
    "certificates: cert-manager",
    "certificates: script",
    "k8s-app: kube-dns",
    "k8s/operators/cert-manager/<its role>",
    "namespace: veilward-<its role>",
    "replicas: 1",
    "sessionAffinity: ClientIP",
}
"""What the page has in backticks with a space in it, and is no command: options of one, and lines of files."""


def named() -> Iterator[str]:
    """Commands that a test runs, or takes the words of."""
    for module in TESTS.rglob("*.py"):
        text = module.read_text()
        if "from tests.deploy.told import" in text:
            yield from (_literal(node) for node in ast.walk(ast.parse(text)) if _literal(node))


def _literal(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id="follow" | "told"), args=[ast.Constant(value=str(command)), *_]):
            return command
    return ""


def test_every_command_is_run_by_a_test() -> None:
    told, run = set(commands()), set(named())
    assert len(told) > 15
    assert told - run == set(NOT_RUN)
    assert run <= told, "no page tells these any more"
    assert {span for span in spans() if " " in span} - told == WORDS


def test_installing_as_told_makes_everything_that_pods_mount(tmp_path: Path) -> None:
    objects = install(tmp_path / "home").objects
    made = {(one["metadata"].get("namespace", ""), one["kind"], one["metadata"]["name"]) for one in objects}
    assert sum(one["kind"] in WORKLOADS for one in objects) == len(pods())
    for one in objects:
        if one["kind"] in WORKLOADS:
            space, spec = one["metadata"]["namespace"], one["spec"]["template"]["spec"]
            for volume in spec["volumes"]:
                kind, name = (
                    ("Secret", volume["secret"]["secretName"])
                    if "secret" in volume
                    else ("ConfigMap", volume["configMap"]["name"])
                )
                assert (space, kind, name) in made


def test_images_of_others_are_told_with_their_tags() -> None:
    manifests = "".join(path.read_text() for path in (ROOT / "deploy/k8s").rglob("*.yaml"))
    pulled = set(re.findall(r"image: docker\.io/library/(\S+)", manifests))
    assert len(pulled) == 3
    assert pulled <= set(spans()) and f"REGISTRY/library/{min(pulled)}" in spans()


def test_the_hash_of_a_reviewed_plan() -> None:
    told = follow("sha256sum models/expression-real/plan.json").split()[0]
    assert told == hashlib.sha256((ROOT / "models/expression-real/plan.json").read_bytes()).hexdigest()


def test_keys_of_the_ward(tmp_path: Path) -> None:
    follow("veilward-alerts consent-key private.pem keys.pem", directory=tmp_path)
    assert read_keys(tmp_path / "keys.pem") == (private_key(tmp_path / "private.pem").public_key(),)
    follow("veilward-alerts records key --private audit.pem --public audit.pub", directory=tmp_path)
    assert public_key(tmp_path / "audit.pub") == private_key(tmp_path / "audit.pem").public_key()


def test_an_authority_is_replaced(tmp_path: Path) -> None:
    keys = {"/srv/home/overlay/keys": tmp_path}
    follow("deploy/certificates/issue /srv/home/overlay/keys", keys)
    authority = tmp_path / "authorities" / "bus-ward.crt"
    old = authority.read_text()
    believed = tmp_path / "secrets" / "veilward-alerts-bus" / "ca.crt"
    follow("deploy/certificates/issue /srv/home/overlay/keys overlap bus-ward", keys)
    assert authority.read_text() == old and old in believed.read_text() and believed.read_text() != old
    follow("deploy/certificates/issue /srv/home/overlay/keys take-over bus-ward", keys)
    assert authority.read_text() != old and old in believed.read_text()
    follow("deploy/certificates/issue /srv/home/overlay/keys forget bus-ward", keys)
    assert believed.read_text() == authority.read_text() != old


def test_certificates_of_share_servers(tmp_path: Path) -> None:
    follow("TABLE=deploy/k8s/operators/table deploy/certificates/issue DIR", {"DIR": tmp_path})
    made = {path.name for path in (tmp_path / "secrets").iterdir()}
    roles = ("dealer", "first", "second", "witness")
    assert {f"veilward-{role}-{use}" for role in roles for use in ("snni", "dial")} <= made


def test_what_is_generated_is_what_lies_there() -> None:
    folders = (ROOT / "deploy/nats", ROOT / "deploy/grafana/dashboards")
    before = {
        path: path.read_bytes() for path in (FILE, RULES, *(one for folder in folders for one in folder.iterdir()))
    }
    follow("python -m tests.deploy.compose")
    follow("python -m tests.deploy.prometheus_operator")
    follow("python -m tests.deploy.dashboards")
    follow("python -m services.bus.nats_config")
    assert {path: path.read_bytes() for path in before} == before

"""deploy/k8s in step with the code: versions, generated configurations, the site, the bundle."""

from __future__ import annotations

import re
import subprocess
import tomllib

import yaml

from localsite.nats_server import SYNC_SINCE, version
from localsite.postgres_server import programs
from services.bus.nats_config import HubOptions, LeafOptions, hub_config, leaf_config
from services.site.file import load_site
from tests.deploy.manifests import (
    OURS,
    ROOT,
    config_of,
    pod_named,
    pods,
)


def test_images_are_ours_or_versions_that_are_known_to_do() -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = {pod.app: pod.container["image"] for pod in pods()}
    for app in OURS:
        image = "snni-client" if app == "provision" else app
        assert images[app] == f"registry.example.org/veilward/{image}:{ours}"
        assert f" AS {image}\n" in (ROOT / "deploy" / "images" / "Dockerfile").read_text()
    assert images["nats-hub"] == images["nats-leaf"]
    assert images["nats-hub"].split(":")[1].split("-")[0] == ".".join(map(str, version())), "what the tests run"
    assert version() >= SYNC_SINCE, "older ones refuse sync_interval"
    assert _minor(images["redis"]) == _installed("redis-server", r"v=(\d+\.\d+)")
    assert _minor(images["postgres"]) == _installed(str(programs() / "postgres"), r" (\d+\.\d+)")


def _minor(image: str) -> str:
    return ".".join(image.split(":")[1].split("-")[0].split(".")[:2])


def _installed(program: str, pattern: str) -> str:
    found = re.search(pattern, subprocess.run([program, "--version"], capture_output=True, text=True).stdout)
    assert found
    return found[1]


def test_nats_runs_on_the_generated_configuration() -> None:
    assert config_of("nats-leaf", "veilward-room")["leaf.conf"] == leaf_config(LeafOptions())
    assert config_of("nats-hub", "veilward-ward")["hub.conf"] == hub_config(HubOptions())


def test_the_site_is_the_same_everywhere_and_loads(tmp_path) -> None:
    text = config_of("site", "veilward-room")["site.yaml"]
    assert text == config_of("site", "veilward-ward")["site.yaml"]
    path = tmp_path / "site.yaml"
    path.write_text(text)
    assert load_site(path).camera_ids


def test_the_ward_hears_the_rooms_that_the_hub_knows() -> None:
    domains = yaml.safe_load(pod_named("alerts").environment["VEILWARD_ALERTS_ROOM_DOMAINS"]["value"])
    assert tuple(domains) == HubOptions().domains == (LeafOptions().domain,)


def test_the_edge_serves_the_bundle_that_its_image_holds() -> None:
    folder = pod_named("snni-server").environment["VEILWARD_SNNI_SERVER_BUNDLE"]["value"]
    image = (ROOT / "deploy" / "images" / "Dockerfile").read_text()
    assert f" {folder}/\n" in image
    bundle = ROOT / folder.removeprefix("/opt/veilward/")
    assert {"plan.json", "weights.safetensors", "card.md"} <= {path.name for path in bundle.iterdir()}

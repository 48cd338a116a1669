"""`./run bench home` on a few cameras, and the simulated edge by itself: nothing is made up, nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import home
from bench.homes.autoscaler import MANIFEST, Autoscaler
from bench.homes.edge import AGAIN_S, Edge, Scene
from bench.homes.play import said
from bench.homes.resources import growth
from tests.deploy.manifests import pods


def scene(cameras: int, **changed: float) -> Scene:
    given = {"per_device": 1, "period_s": 5.0, "seconds": 600.0, "arrive_s": 60.0, "online_s": 0.05, "offline_s": 0.45}
    given |= {"cores": 1, "sessions": 1000, "pool": 2} | changed
    return Scene(cameras=cameras, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("cameras", "keeps_up"), [(5, True), (9, True), (15, False)])
def test_a_core_scores_what_it_has_time_for(cameras: int, keeps_up: bool) -> None:
    """Half a second of work a crop, a crop every 5 s: ten cameras a core."""
    edge = Edge(scene(cameras), None, 1).run()
    assert 0 <= edge.offered - len(edge.scored) - edge.skipped <= 2 * cameras, "what waits, and what is in hand"
    assert (edge.skipped == 0) is keeps_up
    assert all(one.at_s >= one.captured_s + 0.05 for one in edge.scored)
    assert edge.utilisation == pytest.approx(min(1.0, cameras * 0.5 / 5.0), abs=0.1)


def test_a_full_pod_refuses_and_a_device_stays_where_it_is() -> None:
    edge = Edge(scene(5, sessions=3), None, 1).run()
    assert edge.refused == 2
    assert {one.camera for one in edge.scored} == {0, 1, 2}


def test_a_device_that_met_a_full_pod_finds_one_with_room() -> None:
    edge = Edge(scene(10, sessions=5), None, 2).run()
    assert edge.refusals > 0 and edge.waited_s >= AGAIN_S
    assert edge.refused == 0
    assert {one.camera for one in edge.scored} == set(range(10))


def test_the_sessions_of_a_pod_are_those_of_the_manifest() -> None:
    (server,) = [pod for pod in pods() if pod.app == "snni-server"]
    told = int(server.environment["VEILWARD_SNNI_SERVER_MAX_SESSIONS"]["value"])
    assert home.parser().get_default("sessions") == told


def test_the_autoscaler_follows_the_manifest_by_its_pods_a_minute_to_its_limit() -> None:
    assert MANIFEST.is_file()
    deployed = Autoscaler.of_the_manifest()
    assert set(deployed.targets) == {
        "veilward_snni_sessions",
        "veilward_snni_pool_shortfall_ratio",
        "veilward_snni_claim_wait_seconds",
    }
    edge = Edge(scene(60 * deployed.most, cores=4, arrive_s=0.0), deployed, deployed.least).run()
    steps = [later - earlier for (_, earlier), (_, later) in zip(edge.replicas, edge.replicas[1:], strict=False)]
    assert edge.replicas[-1][1] == deployed.most and max(steps) == deployed.pods
    gaps = [later - earlier for (earlier, _), (later, _) in zip(edge.replicas[1:], edge.replicas[2:], strict=False)]
    assert min(gaps) >= 60.0


def test_everything_is_said_in_order_and_each_component_every_five_seconds() -> None:
    edge = Edge(scene(3, seconds=60.0, arrive_s=0.0), None, 1).run()
    events = list(said(edge.scored, 3, 60.0))
    assert [one.at_s for one in events] == sorted(one.at_s for one in events)
    assert sum(one.component == "keyframe" for one in events) == 3 * 12
    assert sum(one.component == "" for one in events) == len(edge.scored)


def test_growth_is_of_what_the_run_stands_for() -> None:
    samples = [{"at_s": float(second), "disk": 100.0 * second, "flat": 5.0} for second in range(20)]
    assert growth(samples, 1.0, lambda seconds: 10 * seconds) == {"disk": pytest.approx(36_000.0), "flat": 0.0}


def test_a_small_home_is_heard_whole(tmp_path: Path) -> None:
    file = tmp_path / "home.json"
    small = ["--cameras", "4", "--seconds", "8", "--compress", "5", "--day", "120", "--arrive", "10"]
    assert home.main([*small, "--json", str(file)]) == 0
    result = json.loads(file.read_text())["result"]
    alone = json.loads(home.MEASURED.read_text())["alone"]
    a_frame = alone["online_server_cpu_s"] + alone["offline_server_cpu_s"]
    assert result["edge"]["cores_needed"] == pytest.approx(4 * a_frame / 5, abs=0.05)
    assert result["edge"]["as_deployed"]["crops_scored_of_offered"] > 0.8
    buses = result["buses"]
    assert buses["events_failed"] == 0
    assert buses["events"] >= 4 * 3 * 8 + 4 * 7
    assert buses["hub_disk_bytes_per_event"] > 100
    assert set(buses["cpu_s"]) == {"alerts", "hub", "leaf", "redis"}
    assert {"alerts_resident_bytes", "alerts_descriptors", "hub_disk_bytes"} <= set(buses["growth_in_8_hours"])

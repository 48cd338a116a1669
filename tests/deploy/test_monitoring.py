"""Rules, dashboard and scrape configurations: valid, tested, and only about metrics that the code exports."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from services.snni_client.metrics import SKIPS
from tests.deploy.dashboards.__main__ import texts
from tests.deploy.manifests import CLUSTERS, EXAMPLES, HOME, K8S, WHOLE, Object, of_kind, pods, render
from tests.deploy.queries import DASHBOARDS, DEPLOY, alert_rules, boards, panels, queries, recorded_names, rules
from tests.deploy.registry import bucket_bounds, registry, series_names
from tests.support.waiting import PATIENCE_S

PROMETHEUS = DEPLOY / "prometheus"
GRAFANA = DEPLOY / "grafana"
JOBS = {"ingest", "keyframe", "snni_client", "snni_server", "alerts", "probe"}
PROBED = K8S / "examples" / "probed"
METRIC = re.compile(r"(?<![\w:])(?:veilward|process|python)_[a-z0-9_]+(?![\w:(])")


def promtool(*arguments: str) -> str:
    """Run it in deploy/prometheus; its output when it is content."""
    done = subprocess.run(["promtool", *arguments], cwd=PROMETHEUS, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def expressions() -> list[str]:
    """Every PromQL expression: rules and panels."""
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + asked


def config(name: str) -> Object:
    """A Prometheus configuration."""
    found: Object = yaml.safe_load((PROMETHEUS / name).read_text())
    return found


def test_promtool_accepts_rules_and_configurations() -> None:
    promtool("check", "rules", "rules.yml")
    for name in ("prometheus.yml", "kubernetes.yml"):
        promtool("check", "config", name)


def test_rules_do_what_they_say() -> None:
    promtool("test", "rules", "rules_test.yml")


def test_every_alert_is_seen_firing_in_a_test() -> None:
    text = (PROMETHEUS / "rules_test.yml").read_text()
    for rule in alert_rules():
        assert f'{{alertname="{rule["alert"]}"' in text, rule["alert"]


def test_panels_parse(tmp_path: Path) -> None:
    records = [{"record": f"panel:{number}", "expr": one.expr} for number, one in enumerate(queries())]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": records}]}))
    promtool("check", "rules", str(path))


def test_every_metric_exists_in_the_code() -> None:
    known = series_names(registry())
    asked = {name for expr in expressions() for name in METRIC.findall(expr)}
    assert len(asked) > 30
    assert asked - known == set()
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert {name for expr in expressions() for name in recorded_names(expr)} <= recorded


def test_every_reason_to_skip_a_crop_is_explained() -> None:
    runbook = (PROMETHEUS / "runbook.md").read_text()
    told = runbook.split("## CropsSkipped\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`([a-z_]+)`:", told)) == set(SKIPS)


def test_the_extraction_would_notice_a_wrong_name() -> None:
    assert METRIC.findall('sum(rate(veilward_x_wrong_total{a="b"}[5m])) / process_y') == [
        "veilward_x_wrong_total",
        "process_y",
    ]


def test_the_objective_lies_on_a_bucket() -> None:
    metrics = registry()
    for expr in expressions():
        for name, bound in re.findall(r"(veilward_\w+)_bucket\{le=\"([^\"]+)\"\}", expr):
            assert bound in bucket_bounds(metrics, name)
    assert "1.5" in bucket_bounds(metrics, "veilward_alerts_pixel_to_level_seconds")


def test_alerts_are_few_named_and_explained() -> None:
    runbook = (PROMETHEUS / "runbook.md").read_text()
    alerts = alert_rules()
    assert len(alerts) <= 31
    for rule in alerts:
        name = rule["alert"]
        assert re.fullmatch(r"([A-Z][a-z]+)+", name)
        assert rule["labels"]["severity"] in ("page", "ticket", "heartbeat")
        assert rule["for"] != "0s"
        assert rule["annotations"]["runbook_url"] == f"{{{{ $externalURL }}}}/user/runbook.md#{name.lower()}"
        assert f"\n## {name}\n" in runbook
        assert recorded_names(rule["expr"]) and not METRIC.findall(rule["expr"]), "an alert compares recorded rules"
    assert re.findall(r"^## (\w+)$", runbook, re.MULTILINE) == [rule["alert"] for rule in alerts]


def test_one_job_per_service_in_both_configurations() -> None:
    files, names = config("prometheus.yml"), config("kubernetes.yml")
    for one in (files, names):
        assert {job["job_name"] for job in one["scrape_configs"]} == JOBS
        assert one["rule_files"] == ["rules.yml"]
    for job in files["scrape_configs"]:
        assert job["file_sd_configs"][0]["files"] == [f"targets/{job['job_name']}.json"]
    services = {
        f"{one['metadata']['name']}.{one['metadata']['namespace']}.svc": one["spec"]
        for one in render(PROBED)
        if one["kind"] == "Service"
    }
    for job in names["scrape_configs"]:
        assert [found["type"] for found in job["dns_sd_configs"]] == ["A", "AAAA"], "clusters of either family"
        for found in job["dns_sd_configs"]:
            spec = services[found["names"][0]]
            assert spec["clusterIP"] == "None"
            assert spec["ports"][0]["port"] == found["port"]
            assert spec["selector"]["app.kubernetes.io/name"] == job["job_name"].replace("_", "-")


@pytest.mark.parametrize("directory", (*CLUSTERS, PROBED), ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_a_home_scrapes_every_health_port_that_it_has(directory: Path) -> None:
    rendered = next(one["data"] for one in render(directory / "monitoring") if one["kind"] == "ConfigMap")
    assert rendered["rules.yml"] == (PROMETHEUS / "rules.yml").read_text()
    found = yaml.safe_load(rendered["prometheus.yml"])
    names: dict[str, set[str]] = {}
    for one in of_kind("Service", directory=directory):
        if one["metadata"]["name"].endswith("-health"):
            job = one["spec"]["selector"]["app.kubernetes.io/name"].replace("-", "_")
            names.setdefault(job, set()).add(f"{one['metadata']['name']}.{one['metadata']['namespace']}.svc")
    for kind in ("A", "AAAA"):
        by_job = {
            job["job_name"]: set(one["names"])
            for job in found["scrape_configs"]
            for one in job["dns_sd_configs"]
            if one["type"] == kind and one["port"] == 8081
        }
        assert by_job == names
    if directory in (WHOLE, PROBED):
        by_name = config("kubernetes.yml")
        known = {job["job_name"]: job for job in by_name.pop("scrape_configs")}
        jobs = found.pop("scrape_configs")
        assert all(known[job["job_name"]] == job for job in jobs)
        assert (len(jobs) == len(known)) is (directory == PROBED), "the probe is asked where there is a test room"
        assert found == by_name


def test_the_autoscaler_reads_what_the_adapter_serves_from_rules() -> None:
    served = {rule["name"]["as"]: rule["seriesQuery"] for rule in config("adapter.yml")["externalRules"]}
    (scaler,) = [one for one in render(HOME) if one["kind"] == "HorizontalPodAutoscaler"]
    assert {one["external"]["metric"]["name"] for one in scaler["spec"]["metrics"]} == set(served)
    assert set(served.values()) <= {rule.get("record") for rule in rules()}
    server = next(pod for pod in pods() if pod.app == "snni-server")
    sessions = next(one for one in scaler["spec"]["metrics"] if one["external"]["metric"]["name"].endswith("sessions"))
    most = int(server.environment["VEILWARD_SNNI_SERVER_MAX_SESSIONS"]["value"])
    assert int(sessions["external"]["target"]["averageValue"]) < most


def test_dashboards_are_what_their_code_makes() -> None:
    assert {path.name: path.read_text() for path in DASHBOARDS} == texts()


def test_a_dashboard_for_each_reader_is_whole() -> None:
    assert {board["uid"] for board in boards()} == {f"veilward-{path.stem}" for path in DASHBOARDS}
    assert {path.stem for path in DASHBOARDS} == {"ward", "latency", "capacity", "privacy"}
    for board in boards():
        assert board["editable"] is False and board["description"]
        ids = [panel["id"] for panel in board["panels"]]
        assert len(ids) == len(set(ids))
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    for panel in panels():
        assert panel["title"] and panel["description"]
        assert panel["datasource"]["uid"] == source["uid"]
        assert all(target["datasource"]["uid"] == source["uid"] for target in panel["targets"])
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/veilward.yml").read_text())["providers"][0]
    assert provider["allowUiUpdates"] is False
    assert provider["options"]["foldersFromFilesStructure"] is True


def colour(panel: Object, value: float) -> str:
    """What a stat panel shows a value in."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return str([one["color"] for one in steps if one["value"] is None or one["value"] <= value][-1])


def test_what_is_down_is_not_shown_as_if_it_were_well() -> None:
    told = [one for one in panels() if one["type"] == "stat" and "_up)" in one["targets"][0]["expr"]]
    assert [one["title"] for one in told] == ["What alerts stands on"]
    assert [colour(told[0], value) for value in (0.0, 1.0)] == ["red", "green"]
    lines = [one for one in panels() if one["type"] == "timeseries"]
    drawn_over = [one["fieldConfig"]["defaults"]["custom"].get("spanNulls", False) for one in lines]
    assert len(lines) > 20 and True not in drawn_over, "no line is drawn over hours in which nobody was heard"


@pytest.mark.parametrize("board", boards(), ids=lambda board: str(board["uid"]))
def test_panels_do_not_overlap(board: Object) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize(
    ("folder", "name"), [("grafana", "veilward-dashboards"), ("prometheus", "veilward-prometheus")]
)
def test_config_maps_render(folder: str, name: str) -> None:
    maps = {one["metadata"]["name"].rpartition("-")[0]: one for one in render(DEPLOY / folder)}
    assert maps[name]["metadata"]["namespace"] == "monitoring"
    if folder == "grafana":
        assert maps[name]["metadata"]["labels"] == {"grafana_dashboard": "1"}
        assert {json.loads(text)["uid"] for text in maps[name]["data"].values()} == {one["uid"] for one in boards()}
    else:
        assert set(maps[name]["data"]) == {"prometheus.yml", "rules.yml", "runbook.md"}


def test_labels_are_few_and_none_could_name_a_resident() -> None:
    known = {"camera", "certificate", "component", "event", "generation", "kind", "level", "method", "noun", "phase"}
    known |= {
        "account",
        "device",
        "mode",
        "answer",
        "store",
        "reason",
        "result",
        "stage",
        "status",
        "verdict",
        "way",
        "why",
        "implementation",
        "major",
        "minor",
        "patchlevel",
        "version",
    }
    metrics = registry()
    labels = {label for family in metrics.registry.collect() for one in family.samples for label in one.labels}
    assert labels - {"le"} <= known
    grouped = {
        label for expr in expressions() for group in re.findall(r"by \(([^)]*)\)", expr) for label in group.split(",")
    }
    assert {label.strip() for label in grouped} <= known | {"le", "job", "instance", "persistentvolumeclaim"}

"""Components for what a cluster may have beside Kubernetes: they fit its definitions, and say what the others say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from tests.deploy.manifests import EXAMPLES, HOME, K8S, WHOLE, Object, of_kind, render
from tests.deploy.prometheus_operator import FILE, MODELS, rules, text, validate
from tests.deploy.queries import DEPLOY, alert_rules
from tests.deploy.queries import rules as every_rule
from tests.support.waiting import PATIENCE_S

PROMETHEUS = DEPLOY / "prometheus"
OPERATOR = K8S / "prometheus-operator"
CLOUD = EXAMPLES / "cloud-edge" / "cloud"


def only(kind: str, directory: Path) -> Object:
    (found,) = of_kind(kind, directory=directory)
    return found


@pytest.mark.parametrize("directory", [OPERATOR, CLOUD, HOME, WHOLE], ids=str)
def test_every_object_fits_the_definition_of_its_kind(directory: Path) -> None:
    found = [one for one in render(directory) if one["kind"] in MODELS]
    assert found
    for one in found:
        validate(one)


def test_the_definitions_refuse_what_is_wrong() -> None:
    monitor = only("ServiceMonitor", OPERATOR)
    monitor["spec"]["endpoints"][0]["prot"] = monitor["spec"]["endpoints"][0].pop("port")
    with pytest.raises(AssertionError, match=r"ServiceMonitor\.spec\.endpoints\.0\.prot"):
        validate(monitor)
    scaler = only("ScaledObject", CLOUD)
    del scaler["spec"]["scaleTargetRef"]
    with pytest.raises(ValidationError):
        validate(scaler)


def test_the_operators_rules_are_prometheuss_own() -> None:
    assert FILE.read_text() == text(), "run python -m tests.deploy.prometheus_operator"
    shown = only("PrometheusRule", OPERATOR)
    assert shown["spec"] == rules()["spec"] == yaml.safe_load((PROMETHEUS / "rules.yml").read_text())


@pytest.mark.parametrize("directory", [WHOLE, HOME], ids=str)
def test_the_operator_scrapes_the_jobs_that_prometheus_scrapes(directory: Path) -> None:
    spec = only("ServiceMonitor", OPERATOR)["spec"]
    (endpoint,) = spec["endpoints"]
    named, joined = endpoint["relabelings"]
    assert named["sourceLabels"] == ["__meta_kubernetes_service_label_app_kubernetes_io_name"]
    chosen = [
        one
        for one in of_kind("Service", directory=directory)
        if spec["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()
        and endpoint["port"] in {port.get("name") for port in one["spec"]["ports"]}
    ]
    apps = {one["metadata"]["labels"]["app.kubernetes.io/name"] for one in chosen}
    replacement = joined["replacement"].replace("${", r"\g<").replace("}", ">")
    jobs = {re.sub(f"^(?:{joined['regex']})$", replacement, app) for app in apps}
    configured = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())
    assert jobs == {"ingest", "keyframe", "snni_client", "snni_server", "alerts"}
    assert jobs <= {job["job_name"] for job in configured["scrape_configs"]}
    assert endpoint["interval"] == configured["global"]["scrape_interval"]


def test_keda_scales_as_the_autoscaler_does() -> None:
    keda, native = only("ScaledObject", CLOUD)["spec"], only("HorizontalPodAutoscaler", HOME)["spec"]
    assert keda["scaleTargetRef"] == native["scaleTargetRef"]
    assert (keda["minReplicaCount"], keda["maxReplicaCount"]) == (native["minReplicas"], native["maxReplicas"])
    assert keda["advanced"]["horizontalPodAutoscalerConfig"]["behavior"] == native["behavior"]
    adapter = yaml.safe_load((PROMETHEUS / "adapter.yml").read_text())["externalRules"]
    queries = {one["name"]["as"]: one["metricsQuery"].replace("<<.Series>>", one["seriesQuery"]) for one in adapter}
    wanted = {}
    for one in native["metrics"]:
        ((field, value),) = [(key, value) for key, value in one["external"]["target"].items() if key != "type"]
        number = int(value[:-1]) / 1000 if value.endswith("m") else float(value)
        assert field in ("value", "averageValue")
        wanted[one["external"]["metric"]["name"]] = one["external"]["target"]["type"], number
    found = {one["name"]: (one["metricType"], float(one["metadata"]["threshold"])) for one in keda["triggers"]}
    assert found == wanted
    assert {one["name"]: one["metadata"]["query"] for one in keda["triggers"]} == queries
    assert all(one["metadata"]["ignoreNullValues"] == "false" for one in keda["triggers"]), "nobody answers: none goes"
    server = only("Deployment", CLOUD)
    assert "replicas" not in server["spec"]


def amtool(*words: str) -> str:
    """It, on the example; what it printed."""
    command = ["amtool", *words]
    done = subprocess.run(command, cwd=PROMETHEUS, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_alertmanager_takes_its_example() -> None:
    assert "SUCCESS" in amtool("check-config", "alertmanager.yml")


def test_every_alert_goes_where_its_severity_says() -> None:
    receivers = {"page": "technician", "ticket": "tickets", "heartbeat": "outside"}
    assert {rule["labels"]["severity"] for rule in alert_rules()} == set(receivers)
    for severity, receiver in receivers.items():
        words = ("config", "routes", "test", "--config.file=alertmanager.yml", f"severity={severity}")
        assert amtool(*words, "alertname=Any", "job=ingest") == receiver


def test_the_dead_mans_switch_comes_sooner_than_it_is_missed() -> None:
    routes = yaml.safe_load((PROMETHEUS / "alertmanager.yml").read_text())["route"]["routes"]
    (switch,) = [one for one in routes if one["receiver"] == "outside"]
    assert switch["repeat_interval"] == "5m" and "mute_time_intervals" not in switch
    pages = next(one for one in routes if one["receiver"] == "technician")
    assert "mute_time_intervals" not in pages, "whom a page wakes, it wakes at night"
    assert any(rule.get("alert") == "DeadMansSwitch" for rule in every_rule())

"""./run bench snni on a small network: what the JSON says, over links too, and what it says when it cannot."""

import json

import pytest

from bench import snni
from bench.pair import models
from bench.pair.confine import ConfineError, confined, cores, starved
from bench.pair.summary import of, offline
from snni.model.plan import Plan
from snni.model.step_cost import total_cost
from snni.twoparty.suite import TWO_PARTY


def run(small, tmp_path, *more):
    out = tmp_path / "out.json"
    assert snni.main(["--bundle", str(small), "--frames", "2", "--json", str(out), *more]) == 0
    return json.loads(out.read_text())


def test_loopback_is_told_phase_by_phase_and_layer_by_layer(small, tmp_path):
    report = run(small, tmp_path, "--batch", "2")
    plan = Plan.load(small / "plan.json")
    cost = total_cost(plan, TWO_PARTY)
    for kind, batch in (("batch_1", 1), ("amortised", 2)):
        one = report[kind]
        assert one["batch"] == batch and one["frames"] == 2
        online, ahead = one["online"], one["offline"]
        assert online["bytes"] >= cost.online_bytes and online["flights"] >= cost.flights
        assert len(online["seconds"]["samples"]) == len(ahead["seconds"]["samples"]) == 2
        for phase in (online, ahead, ahead["linear"], ahead["nonlinear"]):
            assert set(phase["cpu_s"]) == {"client", "server"}
            assert all(seconds >= 0 for party in phase["cpu_s"].values() for seconds in party["samples"])
        assert ahead["bytes"]["median"] == ahead["linear"]["bytes"]["median"] + ahead["nonlinear"]["bytes"]["median"]
        layers = one["layers"]
        assert {layer["kind"] for layer in layers.values()} >= {"relu", "conv", "argmax", "ot", "input"}
        assert sum(layer.get("bytes", 0) for layer in layers.values()) == online["bytes"]
        assert all("offline_bytes" in layer for layer in layers.values() if layer["kind"] == "conv")
        memory = one["memory"]
        assert memory["client_peak_mb"] > 10 and memory["server_peak_mb"] > 10
        assert memory["client_stored_bytes"] > 0 and memory["server_stored_bytes"] != 0
        assert one["cold_start"]["first_inference_s"] > one["cold_start"]["connect_s"] > 0
    assert report["link"]["name"] == "loopback" and report["options"]["threads"] == 1
    assert report["commit"] and report["machine"]["cpu"]


def test_over_a_link_the_round_trips_are_there(small, tmp_path):
    report = run(small, tmp_path, "--batch", "1", "--link", "5g", "--shaper", "relay")
    assert "amortised" not in report
    one, link = report["batch_1"], report["link"]
    assert link["measured"]["round_trip_ms"] >= 5
    alternations = one["online"]["flights"] // 2  # each waits for the one before
    assert min(one["online"]["seconds"]["samples"]) >= alternations * 0.005
    assert one["relay"]["connections"] == 3 and one["relay"]["cpu_s"] >= 0
    assert one["relay"]["bytes_up"] + one["relay"]["bytes_down"] > 2 * one["online"]["bytes"]
    assert set(one["online"]["cpu_s"]) == {"client", "server", "relay"}


def test_too_little_memory_is_one_clear_line(small, tmp_path, capsys):
    arguments = ["--bundle", str(small), "--frames", "1", "--memory-limit", "40", "--json", str(tmp_path / "o.json")]
    assert snni.main(arguments) == 2
    told = capsys.readouterr().err
    assert "--memory-limit 40: not enough for the" in told and "Traceback" not in told


def test_no_bundle_is_one_clear_line(tmp_path, capsys):
    assert snni.main(["--bundle", str(tmp_path), "--json", str(tmp_path / "o.json")]) == 2
    assert "plan.json" in capsys.readouterr().err


def test_more_threads_than_cores_are_refused():
    with pytest.raises(ConfineError, match="cores"):
        cores(1 << 16)
    assert confined((0,), 300)[-1] == f"--data={300 << 20}:{300 << 20}"
    assert "prlimit" not in confined((0,))


def test_ends_for_want_of_memory_are_recognised():
    assert starved("numpy._core._exceptions._ArrayMemoryError: Unable", None)
    assert starved("", -11) and not starved("the peer is gone", 1)


def test_a_frame_carries_its_share_of_a_batch():
    def unit(kind, frames, seconds):
        return {"kind": kind, "frames": frames, "seconds": seconds, "bytes": 6, "flights": 2, "cpu_s": {"client": 1.0}}

    units = [unit("linear", 2, 3.0), unit("nonlinear", 1, 1.0), unit("nonlinear", 1, 2.0)]
    found = offline(units)
    assert found["seconds"] == of([2.5, 3.5])
    assert found["linear"]["seconds"] == of([1.5, 1.5]) and found["bytes"]["median"] == 9
    assert found["cpu_s"]["client"] == of([1.5, 1.5])


def test_a_compiler_that_fails_is_quoted():
    from rich.console import Console

    with pytest.raises(models.ModelError, match=r"resnet0 does not compile\n(.|\n)*invalid choice"):
        models.bundle_of("resnet0", Console(stderr=True))

"""./run bench capacity on a small network: every frame is accounted for, and the arithmetic is the one it states."""

import argparse
import json

import pytest

from bench import capacity
from bench.capacity import counts, each, extrapolated
from bench.pair.crowd import percentiles


def test_two_cameras_come_to_their_levels(small, tmp_path):
    out = tmp_path / "out.json"
    arguments = ["--bundle", str(small), "--cameras", "1,2", "--period", "2", "--seconds", "4", "--json", str(out)]
    assert capacity.main(arguments) == 0
    report = json.loads(out.read_text())
    assert [row["cameras"] for row in report["cameras"]] == [1, 2]
    for row in report["cameras"]:
        assert row["offered"] == 2 * row["cameras"]
        assert 0 < row["completed"] <= row["offered"]
        assert row["prepared"] <= row["offered"]
        assert row["server_cpu_s"] > 0 and row["client_cpu_s"] > 0
        assert 0 < row["latency_s"]["p50"] <= row["latency_s"]["max"]
    alone, found = report["alone"], report["extrapolated"]
    server = alone["online_server_cpu_s"] + alone["offline_server_cpu_s"]
    assert found["cameras_per_server_core"] == pytest.approx(2 / server, abs=0.01)
    assert f"{found['cameras_per_server_core']:.2f} cameras a core" in found["arithmetic"]


def test_the_arithmetic():
    cpu = {"online_server_cpu_s": 0.25, "offline_server_cpu_s": 1.0}
    cpu |= {"online_client_cpu_s": 0.25, "offline_client_cpu_s": 0.75}
    found = extrapolated(cpu, 5.0)
    assert found["cameras_per_server_core"] == 4 and found["cameras_per_client_core"] == 5
    assert found["arithmetic"].startswith("5 s / (0.250 s online + 1.000 s offline) = 4.00")
    assert each({"completed": 4, "prepared": 4, "server_cpu_s": 6.0}, cpu) == 1.5
    assert each({"completed": 5, "prepared": 0, "server_cpu_s": 1.25}, cpu) == 1.25
    assert each({"completed": 0, "prepared": 0, "server_cpu_s": 1.0}, cpu) is None


def test_numbers_of_cameras():
    assert counts("1,2,4,8") == [1, 2, 4, 8]
    for bad in ("0", "1,,2", "x", "65", "-1"):
        with pytest.raises(argparse.ArgumentTypeError):
            counts(bad)


def test_percentiles_of_few():
    assert percentiles([]) == {"p50": None, "p95": None, "max": None}
    assert percentiles([3.0, 1.0, 2.0]) == {"p50": 2.0, "p95": 3.0, "max": 3.0}

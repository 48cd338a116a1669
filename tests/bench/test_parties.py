"""The bench of three servers, once, on a small network: every figure is there, bytes are those declared."""

from __future__ import annotations

import json

from bench import parties
from snni.multiparty.plan_cost import total_servers_cost
from tests.support.networks import residual


def test_every_figure_is_there(tmp_path):
    residual().committed().save(tmp_path / "bundle")
    out = tmp_path / "out.json"
    assert (
        parties.main(["--bundle", str(tmp_path / "bundle"), "--runs", "2", "--together", "2", "--json", str(out)]) == 0
    )
    report = json.loads(out.read_text())
    for phase in ("online", "ahead"):
        assert len(report[phase]["seconds"]["samples"]) == 2 and report[phase]["seconds"]["median"] > 0
        assert set(report[phase]["cpu_s"]) == {"client", "dealer", "first", "second"}
    cost = total_servers_cost(residual().plan, 2)
    assert report["bytes"]["dealer_to_second"] == cost.dealt / 2 and report["rounds"] == cost.rounds
    assert set(report["memory_mb"]) == {"client", "dealer", "first", "second"}


def test_a_bundle_that_is_not_there_is_told(tmp_path, capsys):
    assert parties.main(["--bundle", str(tmp_path / "none"), "--json", str(tmp_path / "out.json")]) == 2
    assert "none" in capsys.readouterr().err

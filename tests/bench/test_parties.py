"""The bench of three servers, once, on a small network: every figure is there, bytes are those declared."""

from __future__ import annotations

import json

import pytest

from bench import parties
from snni.multiparty.plan_cost import plan_sent, total_servers_cost
from snni.multiparty.roles import Role, Setting
from tests.support.networks import little, residual


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_every_figure_is_there(tmp_path, setting):
    residual().committed().save(tmp_path / "bundle")
    out = tmp_path / "out.json"
    which = ["--parties", str(len(setting.roles)), *["--active"] * setting.active]
    asked = ["--bundle", str(tmp_path / "bundle"), "--runs", "2", "--together", "2", "--json", str(out)]
    assert parties.main([*asked, *which]) == 0
    report = json.loads(out.read_text())
    parties_of = {"client", *(role.value for role in setting.roles)}
    for phase in ("online", "ahead"):
        assert len(report[phase]["seconds"]["samples"]) == 2 and report[phase]["seconds"]["median"] > 0
        assert set(report[phase]["cpu_s"]) == parties_of
    cost = total_servers_cost(residual().plan, 2)
    assert report["bytes"]["dealer"] == plan_sent(residual().plan, 2, setting)[Role.DEALER].ahead / 2
    assert report["rounds"] == cost.rounds
    assert set(report["memory_mb"]) == parties_of == set(report["bytes"]) and report["setting"] == setting.value


def test_over_a_link_every_exchange_takes_its_round_trip(tmp_path):
    """Relays between every two: no run can end before its rounds have crossed, each twice half a round trip."""
    little().committed().save(tmp_path / "bundle")
    asked = ["--bundle", str(tmp_path / "bundle"), "--runs", "1", "--json", str(tmp_path / "out.json")]
    assert parties.main([*asked, "--link", "wan"]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    one_way_s = report["link"]["one_way_ms"] / 1e3
    assert report["link"]["name"] == "wan" and report["link"]["measured"]["round_trip_ms"] >= 40
    assert report["online"]["seconds"]["median"] > (report["rounds"] + 2) * one_way_s  # pixels in, a level out


def test_a_bundle_that_is_not_there_is_told(tmp_path, capsys):
    assert parties.main(["--bundle", str(tmp_path / "none"), "--json", str(tmp_path / "out.json")]) == 2
    assert "none" in capsys.readouterr().err
    assert parties.main(["--parties", "5", "--active", "--json", str(tmp_path / "out.json")]) == 2
    assert "5 active parties" in capsys.readouterr().err

"""SPU beside this project: what can be told without it, and under --heavy both for real on a small network."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench import peers
from bench.draw.peers import peers_plot, peers_table
from bench.spu import environment, measure
from snni.multiparty.roles import Setting
from tests.support.networks import grey

OURS = {
    "name": "two parties",
    "online": {"median": 0.5, "samples": [0.5]},
    "ahead": {"median": 0.25, "samples": [0.25]},
}
OURS |= {"cpu_s": 1.25, "bytes": 2_000_000, "memory_mb": 70.0}
THEIRS = {"name": "SPU, ABY3", "online": {"median": 3.0, "samples": [2.0, 3.0, 4.0]}, "cpu_s": 6.0, "bytes": 30e6}
THEIRS |= {"memory_mb": 300.0, "error": 0.00012, "error_of_integers": 0.01, "same_levels": 2}
MEASURED = {"model": "grey", "together": 2, "rows": [OURS, THEIRS]}


def test_rows_of_both_and_a_picture() -> None:
    text = peers_table([MEASURED])
    assert "| grey | Veilward, two parties | 2 | 1 | 0.500 | 0.250 | 0.750 | 1.250 | 2.00 | 70 | - |" in text
    assert "| grey | SPU, ABY3 | 2 | 3 | 3.000 | - | 3.000 | 6.000 | 30.0 | 300 | 0.012 % |" in text
    drawn = peers_plot(MEASURED)
    assert "grey: one image, by engine, 2 together" in drawn and "Veilward, two parties 0.75 s, 2.00 MB" in drawn


def test_an_environment_that_cannot_be_had_is_told(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(environment, "PINS", ("spu==0.0.0.dev0+no.such.release",))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    asked = ["--environment", str(tmp_path / "cache"), "--json", str(tmp_path / "out.json")]
    assert peers.main(asked) == 2
    said = capsys.readouterr().err
    assert "cannot be had" in said and "--environment" in said and not (tmp_path / "out.json").exists()


def test_a_python_without_wheels_is_told(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    with pytest.raises(environment.EnvironmentFault, match=r"3\.10 and 3\.11"):
        environment.interpreter(tmp_path, Console())


def test_an_environment_that_is_there_is_taken_as_it_is(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(environment, "_ran", lambda *_: pytest.fail("made anew"))
    directory = tmp_path / f"spu-{environment.SPU}"
    directory.mkdir()
    (directory / "installed").write_text("\n".join(environment.PINS))
    assert environment.interpreter(tmp_path, Console()) == directory / "bin" / "python"


def test_ports_are_others_for_each_party() -> None:
    ports = measure.free_ports(3)
    assert len(set(ports)) == 3 and all(1024 < port < 65536 for port in ports)


@pytest.mark.heavy
def test_spu_computes_the_same_network(tmp_path: Path) -> None:
    """Needs a package index with SPU, or its environment under runs/."""
    grey().committed().save(tmp_path / "grey")
    asked = ["--bundle", str(tmp_path / "grey"), "--runs", "2", "--together", "2", "--json", str(tmp_path / "out.json")]
    assert peers.main(asked) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    names = [row["name"] for row in report["rows"]]
    assert names == [*(one.value for one in Setting), "two parties", *(one.name for one in measure.PROTOCOLS.values())]
    for row in report["rows"]:
        assert row["online"]["median"] > 0 and row["bytes"] > 0 and row["cpu_s"] > 0 and row["memory_mb"] > 0
    for row in report["rows"][-3:]:
        assert row["error"] < measure.LARGEST_ERROR and row["error_of_integers"] < 0.5

"""Three share servers or four, and who asks them, as processes, through the command that a user types."""

from __future__ import annotations

import json

import numpy as np
import pytest

from localsite import infer
from tests.support.networks import clear_picture, residual


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    directory = tmp_path_factory.mktemp("bundle")
    residual().committed().save(directory)
    return directory


def test_levels_of_three_servers_are_the_references(bundle, tmp_path):
    picture, level = clear_picture()
    np.save(tmp_path / "images.npy", np.repeat(picture[None], 3, axis=0))
    files = ["--bundle", str(bundle), "--input", str(tmp_path / "images.npy"), "--json", str(tmp_path / "out.json")]
    assert infer.main([*files, "--parties", "3", "--batch", "2"]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert [image["level"] for image in report["images"]] == [level] * 3
    assert report["secure_equals_reference"] == 1.0
    assert report["modules"] == []  # who asks has neither torch nor weights
    assert set(report["rss_servers_mb"]) == {"dealer", "first", "second"}


@pytest.mark.parametrize("parties", [3, 4])
def test_levels_of_active_servers_are_the_references(bundle, tmp_path, parties):
    picture, level = clear_picture()
    np.save(tmp_path / "images.npy", np.repeat(picture[None], 3, axis=0))
    files = ["--bundle", str(bundle), "--input", str(tmp_path / "images.npy"), "--json", str(tmp_path / "out.json")]
    assert infer.main([*files, "--parties", str(parties), "--active", "--batch", "2"]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert [image["level"] for image in report["images"]] == [level] * 3
    assert report["setting"] == f"{'three' if parties == 3 else 'four'} active servers"
    fourth = {"witness"} if parties == 4 else set()
    assert set(report["rss_servers_mb"]) == {"dealer", "first", "second"} | fourth


@pytest.mark.parametrize(("parties", "active"), [(4, False), (5, True)])
def test_settings_that_are_not_there_are_refused_by_name(bundle, tmp_path, capsys, parties, active):
    np.save(tmp_path / "images.npy", clear_picture()[0][None])
    files = ["--bundle", str(bundle), "--input", str(tmp_path / "images.npy"), "--json", str(tmp_path / "out.json")]
    assert infer.main([*files, "--parties", str(parties), *["--active"] * active]) == 2
    assert f"{parties} {'active' if active else 'passive'} parties" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out.json").exists()


def test_options_of_two_parties_are_refused(bundle, tmp_path, capsys):
    np.save(tmp_path / "images.npy", clear_picture()[0][None])
    files = ["--bundle", str(bundle), "--input", str(tmp_path / "images.npy"), "--json", str(tmp_path / "out.json")]
    assert infer.main([*files, "--parties", "3", "--scores"]) == 2
    assert "for two passive parties" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()

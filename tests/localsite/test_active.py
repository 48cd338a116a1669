"""Two active parties as processes over TLS, by the command that a user types; what they cannot do is one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from localsite import infer
from snni.model.reference import Reference
from tests.support.tiny import tiny

SHIPPED = Path(__file__).parents[2] / "models" / "squeezenet-synthetic"


def test_levels_are_the_references_and_the_client_has_no_weights(tmp_path: Path) -> None:
    bundle, out = tmp_path / "bundle", tmp_path / "out.json"
    bundle.mkdir()
    tiny().committed().save(bundle)
    images = np.random.default_rng(1).integers(0, 256, (2, *tiny().plan.input_shape), np.uint8)
    np.save(tmp_path / "images.npy", images)
    files = ["--bundle", str(bundle), "--input", str(tmp_path / "images.npy"), "--json", str(out)]
    assert infer.main([*files, "--parties", "2", "--active"]) == 0
    report = json.loads(out.read_text())
    reference = Reference(tiny().plan, tiny().weights)
    assert [record["level"] for record in report["images"]] == [reference.run(image).level for image in images]
    assert report["setting"] == "two active parties" and report["secure_equals_reference"] == 1.0
    assert all(record["online_bytes"] > 0 and record["online_s"] > 0 for record in report["images"])
    assert report["modules"] == []


def test_a_shipped_network_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "images.npy", np.zeros((1, 3, 224, 224), np.uint8))
    files = ["--bundle", str(SHIPPED), "--input", str(tmp_path / "images.npy"), "--json", str(tmp_path / "out.json")]
    assert infer.main([*files, "--parties", "2", "--active"]) == 2
    assert "two active parties" in capsys.readouterr().err

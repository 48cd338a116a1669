"""Two active parties as processes over TLS, by the command that a user types; what they cannot do is one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from localsite import active_pair, infer
from snni.errors import ParameterError
from snni.model.reference import Reference
from snni.model.video_label import LabelLaw, label
from tests.support.networks import grey
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


def test_a_video_has_the_label_of_the_law(tmp_path: Path) -> None:
    """The parties alone: a face does not fit into so small a network's picture."""
    bundle, served = tmp_path / "bundle", tiny().committed()
    bundle.mkdir()
    served.save(bundle)
    plan = served.plan
    video = np.random.default_rng(2).integers(0, 256, (3, *plan.input_shape), np.uint8)
    rows = np.eye(3, dtype=np.int8)[[2]]
    report, table = active_pair.classified(bundle, plan, video, rows, Console(quiet=True))
    scores = Reference(plan, tiny().weights).run(video[2]).scores[None]
    assert report["video"]["label"] == label(LabelLaw(plan.values[plan.scores].ring_bits, plan.levels, 1), scores)
    assert all(seconds >= 0 for seconds in table["seconds"].values()) and table["seconds"]["single_frame"] > 0
    assert table["bytes"]["client"] > 0 < table["bytes"]["server"] and report["modules"] == []


def test_a_long_video_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="two active parties take up to"):
        active_pair.classified(
            tmp_path, grey().plan, np.zeros((150, 1, 48, 48), np.uint8), np.eye(150, dtype=np.int8)[::15], Console()
        )

"""The listed networks whole, at shipped parameters: every step of both parties' run within its bound of the ideal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from localsite.infer import main
from snni.model.steps import Clip, Conv, Rescale
from tests.snni.drawn import drawn
from tests.support.secure_run import check_steps, infer
from training.untrained import bundle as untrained
from training.untrained.network import drawn_faces

torch.set_num_threads(1)
PARTY_MB = 1500
SLOW = ("resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_large")


@pytest.mark.parametrize("name", ["convnet48", *(pytest.param(name, marks=pytest.mark.heavy) for name in SLOW)])
def test_every_step_is_within_its_bound(name: str, tmp_path: Path) -> None:
    bundle = untrained.make(name, tmp_path, classes=4)
    image = drawn_faces(bundle.plan.input_shape, people=1)[:1]
    outcomes, revealed = infer(bundle, image, scores=True)
    assert check_steps(bundle, image[0], revealed[0]) == len(bundle.plan.steps) - 1
    assert outcomes[0].level == int(np.argmax(revealed[0][bundle.plan.scores]))
    if name == "mobilenet_v2":
        convolutions = [step for step in bundle.plan.steps if isinstance(step, Conv)]
        assert sum(step.groups > 1 for step in convolutions) == 17 and len(convolutions) == 53
        assert any(isinstance(s, Clip) for s in bundle.plan.steps) and any(
            isinstance(s, Rescale) for s in bundle.plan.steps
        )


@pytest.mark.parametrize("name", ["convnet48", pytest.param("resnet50", marks=pytest.mark.heavy)])
def test_two_processes_over_tls(name: str, tmp_path: Path) -> None:
    """Scores as the ideal's are, drawn many times; both parties within their memory."""
    bundle = untrained.make(name, tmp_path / "bundle", classes=4)
    np.save(tmp_path / "x.npy", drawn_faces(bundle.plan.input_shape, people=1)[:3])
    options = [
        "--bundle",
        str(tmp_path / "bundle"),
        "--input",
        str(tmp_path / "x.npy"),
        "--json",
        str(tmp_path / "y.json"),
    ]
    assert main([*options, "--batch", "3", "--scores"]) == 0
    report = json.loads((tmp_path / "y.json").read_text())
    pixels = np.load(tmp_path / "x.npy")
    assert len(report["images"]) == 3 and report["modules"] == []
    for image, x in zip(report["images"], pixels, strict=True):
        ideal = drawn(bundle, x)
        ideal.assert_like(image["scores"])
        assert image["level"] == (np.argmax(image["scores"]) if ideal.sure_level is None else ideal.sure_level)
    assert max(report["rss_client_mb"], report["rss_server_mb"]) < PARTY_MB

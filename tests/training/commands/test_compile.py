"""`./run compile`: a run's folder into a bundle with a card; data whose terms forbid it make none, or a private one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from snni.model.bundle import Bundle
from tests.training.tiny import registered, save_crops, save_run
from training.commands.compile import main
from training.commands.evaluate import main as evaluate
from training.datasets.licence import LICENCES
from training.runs.model_card import NOT_MEDICAL, PRIVATE_LINE, levels_of, licences_of

TINY = "tests.training.tiny:Tiny"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run with a report of `./run evaluate` beside it."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("publish")
    with registered():
        folder = save_run(place / "run", save_crops(place / "data"), test={"accuracy": 0.8, "pcc": None})
        words = ["--weights", str(folder / "float.safetensors"), "--network", TINY, "--input", "3", "32", "32"]
        words += ["--data", str(place / "data" / "test.npz"), "--watch-people", "0", "--draws", "20"]
        assert evaluate([*words, "--out", str(folder)]) == 0
        yield folder


def say(folder: Path, **said: Any) -> Path:
    """More, or other, metrics."""
    path = folder / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    return folder


@pytest.fixture
def forbidden(run: Path, tmp_path: Path) -> Path:
    said = {"licences": ["own", "fer2013"], "accepted": ["fer2013", "own"], "data": "FER2013 and a ward's own"}
    return say(shutil.copytree(run, tmp_path / "forbidden"), **said)


def test_a_run_becomes_a_bundle_whose_card_says_it_all(run: Path, tmp_path: Path) -> None:
    assert main(["--run", str(run), "--out", str(tmp_path / "out"), "--name", "ward.tiny"]) == 0
    bundle = Bundle.load(tmp_path / "out")
    assert bundle.plan.name == "ward.tiny" and bundle.plan.levels == 4
    card = bundle.card
    assert "synthetic faces" in card.splitlines()[0] and "not for clinical use" in card.splitlines()[0]
    said = ["## Intended use", "- data: drawn faces", "licences of the data: none needed", "seed: 2", "accuracy 0.800"]
    said += ["## By group", "| skin tone: ", "| age: ", "calibration error"]
    said += ["no pain, mild", "calibration images", "least headroom", f"plan: SHA-256 {bundle.plan.plan_hash}"]
    for words in said:
        assert words in card, words
    assert licences_of(card) == () and levels_of(card) == ("no pain", "mild", "moderate", "severe")
    assert (tmp_path / "out" / "float.pt2").is_file()


def test_no_digest_of_the_weights_is_said_anywhere(run: Path, tmp_path: Path) -> None:
    """Neither by the plan, which the room sees, nor by the card."""
    import hashlib

    out = tmp_path / "out"
    assert main(["--run", str(run), "--out", str(out)]) == 0
    weights = Bundle.load(out).weights
    arrays = [np.ascontiguousarray(array).tobytes() for array in weights.values()]
    secrets = [
        b"".join(arrays),
        *arrays,
        (out / "weights.safetensors").read_bytes(),
        (run / "float.safetensors").read_bytes(),
    ]
    said = (out / "plan.json").read_text() + (out / "card.md").read_text()
    for kind in (hashlib.sha256, hashlib.sha1, hashlib.md5):
        assert not any(kind(secret).hexdigest()[:12] in said for secret in secrets)
    assert set(json.loads((out / "plan.json").read_text())) == {
        *("format", "name", "input", "output", "input_shape", "input_bits", "values", "steps", "levels"),
        "weights_commitment",
    }


def test_forbidden_data_make_no_bundle(forbidden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor do the run's weights by another way; the refusal holds the owner's terms."""
    ways = [
        ["--run", str(forbidden)],
        ["--module", TINY, "--weights", str(forbidden / "float.safetensors"),
         "--calibration", str(forbidden / "calibration.npy")],
    ]  # fmt: skip
    for words in ways:
        assert main([*words, "--out", str(tmp_path / "out")]) == 2
        said = capsys.readouterr().err
        assert LICENCES["fer2013"].title in said and LICENCES["fer2013"].terms[-1] in said
        assert not (tmp_path / "out").exists()


def test_a_private_bundle_says_so_first(forbidden: Path, tmp_path: Path) -> None:
    assert main(["--run", str(forbidden), "--out", str(tmp_path / "out"), "--private"]) == 0
    card = Bundle.load(tmp_path / "out").card
    assert card.splitlines()[0] == PRIVATE_LINE and NOT_MEDICAL in card and "synthetic" not in card
    for term in LICENCES["fer2013"].terms:
        assert term in card
    assert "terms accepted: fer2013, own" in card and licences_of(card) == ("fer2013", "own")


def test_data_that_may_be_published_are_named(run: Path, tmp_path: Path) -> None:
    folder = say(shutil.copytree(run, tmp_path / "own"), licences=["own"], data="a ward's own", classes=list("abcd"))
    assert main(["--run", str(folder), "--out", str(tmp_path / "out")]) == 0
    card = Bundle.load(tmp_path / "out").card
    assert card.splitlines()[0] == NOT_MEDICAL and licences_of(card) == ("own",) and levels_of(card) == tuple("abcd")


def test_a_private_bundle_of_a_foreign_network(run: Path, tmp_path: Path) -> None:
    shutil.copy(run / "float.safetensors", tmp_path / "w.safetensors")
    words = [
        "--module",
        TINY,
        "--weights",
        str(tmp_path / "w.safetensors"),
        "--calibration",
        str(run / "calibration.npy"),
    ]
    assert main([*words, "--out", str(tmp_path / "one")]) == 0
    assert main([*words, "--out", str(tmp_path / "two"), "--private"]) == 0
    one, two = Bundle.load(tmp_path / "one").card, Bundle.load(tmp_path / "two").card
    assert one.splitlines()[0] == "# network" and two.splitlines()[0] == PRIVATE_LINE


def test_a_recipes_run(run: Path, tmp_path: Path) -> None:
    """Its classes are a scheme's name, its data a list of sets, its accepted terms digests by name."""
    data = [{"dataset": "unbc", "subjects": {"train": 20}, "crops": {"train": 100}, "split_by": "subject"}]
    said = {"classes": "pspi4", "data": data, "licences": ["unbc-mcmaster"], "accepted": {"unbc-mcmaster": "9" * 64}}
    folder = say(shutil.copytree(run, tmp_path / "run"), **said)
    assert main(["--run", str(folder), "--out", str(tmp_path / "out"), "--private"]) == 0
    card = Bundle.load(tmp_path / "out").card
    assert levels_of(card) == ("0", "1", "2", "3+") and "data: unbc, {'train': 20} subjects" in card
    assert "terms accepted: unbc-mcmaster\n" in card and "split by subject" in card


@pytest.mark.parametrize(
    "change,said",
    [
        ({"network": "vgg"}, "metrics.json: network is 'vgg'"),
        ({"network": "other"}, "float.safetensors: not the weights of other with 4 levels"),
        ({"classes": 3}, "float.safetensors: not the weights of tiny with 3 levels"),
        ({"classes": "many"}, "metrics.json: classes is 'many'"),
        ({"licences": "fer2013"}, "metrics.json: licences is not a list"),
        ({"licences": ["mine"]}, "no such licence: mine"),
    ],
)
def test_runs_that_cannot_be_compiled(
    change: dict[str, Any], said: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = say(shutil.copytree(run, tmp_path / "run"), **change)
    assert main(["--run", str(folder), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_folders_that_are_no_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content, said in ((None, "No such file"), ("{", "not JSON"), ("[]", "not an object")):
        if content is not None:
            (tmp_path / "metrics.json").write_text(content)
        assert main(["--run", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
        assert f"metrics.json: {said}" in capsys.readouterr().err


def test_the_default_run_needs_no_more_than_it_says(run: Path, tmp_path: Path) -> None:
    """`./run train default` names no licences: its faces are drawn."""
    from training.runs.folder import read_run

    (tmp_path / "metrics.json").write_text(json.dumps({"data": "drawn faces; no photograph of anyone", "recipe": {}}))
    found = read_run(tmp_path)
    assert (found.network, found.licences, found.drawn, len(found.classes)) == ("squeezenet", (), True, 4)


def test_the_options_of_the_engines_compiler_are_still_its_own(run: Path) -> None:
    command = [sys.executable, "-m", "snni.compile", "--calibration", str(run / "calibration.npy"), "--out", "nowhere"]
    result = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert result.returncode == 2 and "--module" in result.stderr
    with pytest.raises(SystemExit):
        main(["--out", "nowhere"])

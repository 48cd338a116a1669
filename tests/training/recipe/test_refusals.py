"""What cannot be trained is refused by one message that names the file, and nothing is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.training.recipe.quickly import Prepared, train
from training.commands.train import main
from training.datasets.imitation.listed import write_listed
from training.datasets.licence import LICENCES
from training.networks.registry import NETWORKS

HEAD_ON_FEATURES = ("--network", "convnet48", "--folds", "3", "--fold", "0", "--epochs", "1")


@pytest.fixture
def spoilt(prepared: Prepared, tmp_path: Path) -> Path:
    """A copy of a prepared folder, to be spoilt."""
    return Path(shutil.copytree(prepared("unbc"), tmp_path / "spoilt"))


def refused(capsys: pytest.CaptureFixture[str], out: Path, recipe: str, *words: object) -> str:
    """The one message of a command that fails; out is as it was."""
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert train(recipe, out, *words) == 2
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert out.exists() == bool(before)
    said = capsys.readouterr()
    assert said.err.startswith("training: ")
    return said.err


def edited(manifest: Path, column: int, old: str, new: str) -> None:
    """The first row whose cell in that column is `old` gets `new`."""
    lines = manifest.read_text().splitlines()
    for number, line in enumerate(lines):
        cells = line.split(",")
        if not line.startswith("#") and len(cells) > 9 and cells[column] == old:
            cells[column] = new
            lines[number] = ",".join(cells)
            break
    else:
        raise AssertionError(f"no {old}")
    manifest.write_text("\n".join(lines) + "\n")


def test_a_subject_in_two_parts(spoilt: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(spoilt / "manifest.csv", 8, "train", "test")
    said = refused(capsys, tmp_path / "out", "secfepas_squeezenet", "--data", spoilt)
    assert str(spoilt / "manifest.csv") in said and "in two parts" in said


def test_a_label_out_of_range(spoilt: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(spoilt / "manifest.csv", 5, "0", "17")
    said = refused(capsys, tmp_path / "out", "secfepas_squeezenet", "--data", spoilt)
    assert f"{spoilt / 'manifest.csv'}:" in said and "'17' is not of kind pspi (0..16)" in said


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"half"])
def test_a_spoilt_crop(content: bytes | None, spoilt: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crop = sorted((spoilt / "crops").rglob("*.png"))[-1]
    if content is None:
        crop.unlink()
    else:
        crop.write_bytes(crop.read_bytes()[:2000] if content == b"half" else content)
    said = refused(capsys, tmp_path / "out", "secfepas_squeezenet", "--data", spoilt)
    assert str(crop) in said and "the crop of Images/" in said


def test_terms_that_were_not_accepted(spoilt: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = spoilt / "manifest.csv"
    path.write_text(path.read_text().replace(LICENCES["unbc-mcmaster"].digest, "0" * 64))
    said = refused(capsys, tmp_path / "out", "secfepas_squeezenet", "--data", spoilt)
    assert str(path) in said and "needs its terms accepted" in said and "--accept-licence unbc-mcmaster" in said


def test_terms_that_forbid_publication(prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = prepared("unbc")
    said = refused(capsys, tmp_path / "out", "secfepas_squeezenet", "--data", folder, "--publishable")
    assert str(folder / "manifest.csv") in said and "may not be published" in said
    write_listed(tmp_path / "own", subjects=9, licence="own")
    assert main(["prepare", str(tmp_path / "own"), "--out", str(tmp_path / "p"), "--accept-licence", "own"]) == 0
    assert train("massa", tmp_path / "out", "--data", tmp_path / "p", "--publishable", *HEAD_ON_FEATURES) == 0


def test_a_checkpoint_of_another_network(
    prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "convnet.safetensors"
    save_file(NETWORKS["convnet48"].factory(classes=4).state_dict(), weights)
    words = ("--data", prepared("unbc"), "--weights", weights)
    said = refused(capsys, tmp_path / "out", "secfepas_squeezenet", *words)
    assert str(weights) in said and "features.0.weight" in said
    resnet = tmp_path / "resnet.safetensors"
    save_file(NETWORKS["resnet18"].factory(classes=4).state_dict(), resnet)
    said = refused(capsys, tmp_path / "out", "secfepas_squeezenet", *words[:2], "--weights", resnet)
    assert str(resnet) in said and "features.0.weight" in said and "layer1.0.bn1" in said
    torch.save({"state_dict": torch.zeros(2)}, tmp_path / "nested.pth")
    (tmp_path / "text.pth").write_text("weights")
    for name in ("nested.pth", "text.pth", "none.pth"):
        said = refused(capsys, tmp_path / "out", "secfepas_squeezenet", "--data", prepared("unbc"), "--weights",
                       tmp_path / name)  # fmt: skip
        assert name in said


def test_a_run_of_something_else_is_not_gone_on_with(
    prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, out = ("--data", prepared("listed"), *HEAD_ON_FEATURES), tmp_path / "out"
    assert train("massa", out, *words) == 0
    for other, what in (
        (("--seed", "5"), "seed (1, now 5)"),
        (("--fold", "1"), "fold (0, now 1)"),
        (("--loss", "mae"), "its text"),
        (("--network", "mobilenet_v3_small"), "network (convnet48, now mobilenet_v3_small)"),
    ):
        said = refused(capsys, out, "massa", *words, *other)
        assert str(out / "checkpoint.pt") in said and what in said
    said = refused(capsys, out, "secfepas_squeezenet", "--data", prepared("unbc"))
    assert "recipe (massa, now secfepas_squeezenet)" in said
    (out / "checkpoint.pt").write_bytes((out / "checkpoint.pt").read_bytes()[:500])
    assert "is no checkpoint" in refused(capsys, out, "massa", *words)
    assert train("massa", out, *words, "--fresh") == 0


@pytest.mark.parametrize(("words", "said"), [
    ((), "needs --data fer2013=DIR --data ravdess=DIR"),
    (("--data", "fer2013={ferplus}", "--data", "ravdess={ravdess}"), "prepared for classes emotion8"),
    (("--data", "fer2013={fer2013}", "--data", "fer2013={fer2013}"), "fer2013 was given already"),
    (("--data", "fer2013=/none", "--data", "ravdess={ravdess}"), "/none/manifest.csv"),
    (("--data", "fer2013={fer2013}", "--data", "ravdess={ravdess}", "--loss", "mae"), "needs classes with an order"),
    (("--data", "fer2013={fer2013}", "--data", "ravdess={ravdess}", "--fold", "0"), "has no folds"),
    (("--data", "fer2013={fer2013}", "--data", "ravdess={ravdess}", "--epochs", "0"), "--epochs must be at least 1"),
    (("--data", "fer2013={fer2013}", "--data", "ravdess={ravdess}", "--device", "tpu"), "--device tpu"),
    (("--data", "fer2013={fer2013}", "--data", "ravdess={ravdess}", "--network", "resnet9"), "no network resnet9"),
])  # fmt: skip
def test_what_does_not_fit(
    words: tuple[str, ...], said: str, prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = {name: prepared(name) for name in ("fer2013", "ferplus", "ravdess") if f"{{{name}}}" in " ".join(words)}
    assert said in refused(capsys, tmp_path / "out", "ppvc", *(word.format(**there) for word in words))


def test_folds_that_cannot_be_made(prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, data = tmp_path / "out", ("--data", prepared("listed"), "--network", "convnet48")
    assert "9 subjects cannot make 50 folds" in refused(capsys, out, "massa", *data, "--folds", "50")
    assert "--fold must be 0..2, got 3" in refused(capsys, out, "massa", *data, "--folds", "3", "--fold", "3")
    said = refused(capsys, out, "massa", *data, "--folds", "3", "--network", "squeezenet")
    assert "the head of squeezenet is no linear layer" in said
    lone = ("--data", prepared("unbc"), "--network", "convnet48", "--folds", "3")
    assert "smote needs two of each" in refused(capsys, out, "massa", *lone)

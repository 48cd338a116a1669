"""Crops are made once, by the room's own code, from whatever a set holds; what has no face is counted."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from faces.align import align_crop
from faces.detect import Detector
from training.commands.train import main
from training.data.augment import Augmentation
from training.datasets import prepare as preparing
from training.datasets.crop import Cropper
from training.datasets.crop_cache import CropCache
from training.datasets.crop_set import CropSet
from training.datasets.errors import DatasetError, LicenceError, PictureError
from training.datasets.imitation.biovid import write_biovid
from training.datasets.imitation.fer import rows, write_fer2013
from training.datasets.imitation.listed import write_listed
from training.datasets.imitation.ravdess import write_ravdess
from training.datasets.imitation.subject import encoded
from training.datasets.imitation.unbc import Shape, write_unbc
from training.datasets.inspection import Options, inspect
from training.datasets.licence import LICENCES
from training.datasets.manifest import PARTS
from training.datasets.manifest_file import read_manifest
from training.datasets.pictures import read_picture

ACCEPTED = ["--accept-licence", "unbc-mcmaster"]


def run(root: Path, out: Path, *more: str) -> int:
    return main(["prepare", str(root), "--out", str(out), *more])


@pytest.fixture(scope="module")
def prepared(unbc: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prepared")
    assert run(unbc, out, *ACCEPTED) == 0
    return out


def test_a_crop_is_what_the_room_would_send(unbc: Path, prepared: Path) -> None:
    part = CropSet.load(prepared, "train")
    picture = read_picture(unbc / part.samples[0].path, "it")
    assert np.array_equal(part.crop(0), align_crop(picture, Detector().detect(picture)[0]))


def test_every_part_is_there_with_its_classes(unbc: Path, prepared: Path) -> None:
    sets = {part: CropSet.load(prepared, part) for part in PARTS}
    manifest = read_manifest(prepared / "manifest.csv")
    assert sum(map(len, sets.values())) == len(manifest.samples) >= 22
    people = [{sample.subject for sample in one.samples} for one in sets.values()]
    assert all(people) and len(set.union(*people)) == sum(map(len, people))
    assert all(one.licences == ["unbc-mcmaster"] for one in sets.values())
    assert manifest.accepted.keys() == {"unbc-mcmaster"} and manifest.split_by == "subject"
    assert all(len(sample.checksum) == 64 for sample in manifest.samples)
    crops, classes, chosen = next(sets["train"].batches(4, np.random.default_rng(1), balanced=True))
    assert crops.shape == (4, 224, 224, 3) and crops.dtype == np.uint8
    assert np.array_equal(classes, sets["train"].classes[chosen])


def test_what_is_left_out_adds_up(unbc: Path, prepared: Path) -> None:
    told = json.loads((prepared / "report.json").read_text())
    left_out = (prepared / "left-out.csv").read_text().splitlines()[1:]
    assert sum(told["crops"].values()) == 24 == told["crops"]["cropped"] + len(left_out)
    assert told["training"]["samples"] == told["crops"]["cropped"]


def test_an_interrupted_run_goes_on(unbc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "CHUNK", 5)
    samples = inspect(unbc, Options()).chosen

    class Interrupted(Exception):
        pass

    def stop(what: str, done: int, total: int) -> None:
        if done >= 10:
            raise Interrupted

    with pytest.raises(Interrupted):
        preparing.prepare(unbc, samples, tmp_path, stop)
    steps: list[int] = []
    again = preparing.prepare(unbc, samples, tmp_path, lambda what, done, total: steps.append(done))
    assert sum(outcome.known for outcome in again.outcomes) == 10
    assert steps == [5, 10, 15, 20, 24]
    whole = preparing.prepare(unbc, samples, tmp_path, lambda what, done, total: None, processes=2)
    assert all(outcome.known for outcome in whole.outcomes) and whole.counts == again.counts
    assert [outcome.sample.sample_id for outcome in whole.outcomes] == [sample.sample_id for sample in samples]
    assert not list(tmp_path.rglob("*.partial"))


def test_a_changed_picture_is_cropped_anew(tmp_path: Path) -> None:
    root, cache = tmp_path / "set", tmp_path / "crops"
    write_listed(root)
    samples = inspect(root, Options()).chosen
    quiet = lambda what, done, total: None  # noqa: E731
    before = preparing.prepare(root, samples, cache, quiet)
    shutil.copy(root / "stills" / "003.png", root / "stills" / "000.png")
    after = preparing.prepare(root, samples, cache, quiet)
    assert after.outcomes[0].sample.checksum == before.outcomes[1].sample.checksum
    kept = preparing.prepare(root, [outcome.sample for outcome in before.outcomes], cache, quiet)
    assert kept.counts[preparing.CHANGED] == 1 and not kept.outcomes[0].known


def test_pictures_without_a_face_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "set"
    write_unbc(root, Shape(3, 1, 3))
    pictures = sorted(root.rglob("*.png"))
    pictures[0].write_bytes(encoded(np.full((240, 320, 3), 128, np.uint8), ".png"))
    pictures[1].write_bytes(encoded(np.zeros((240, 320, 3), np.uint8), ".png"))
    pictures[2].write_bytes(b"not a picture")
    samples = inspect(root, Options()).there
    counts = preparing.prepare(root, samples, tmp_path / "crops", lambda *_: None).counts
    assert counts["no face"] >= 1 and counts["black"] == counts["not decoded"] == 1
    pictures[3].unlink()
    assert preparing.prepare(root, samples, tmp_path / "crops", lambda *_: None).counts[preparing.GONE] == 1


def test_nothing_is_cropped_before_the_licence_is_accepted(
    unbc: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(unbc, tmp_path / "out") == 2
    assert "--accept-licence unbc-mcmaster" in capsys.readouterr().err
    assert run(unbc, tmp_path / "out", "--accept-licence", "ravdess") == 2
    assert not (tmp_path / "out").exists()


def test_a_set_without_a_face_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_listed(tmp_path / "set", licence="own")
    for path in (tmp_path / "set").rglob("*.png"):
        path.write_bytes(encoded(np.full((200, 200, 3), 90, np.uint8), ".png"))
    assert run(tmp_path / "set", tmp_path / "out", "--accept-licence", "own") == 2
    assert "no crop came of 6 samples" in capsys.readouterr().err


def test_videos_and_tables_become_crops(tmp_path: Path) -> None:
    write_ravdess(tmp_path / "ravdess", (1, 8, 15), ("01", "03"))
    write_biovid(tmp_path / "biovid")
    write_fer2013(tmp_path / "fer2013", rows(14))
    for name, whole, least in (("ravdess", 18, 0.9), ("biovid", 90, 0.9), ("fer2013", 14, 0.7)):
        out = tmp_path / f"{name}-crops"
        assert run(tmp_path / name, out, "--accept-licence", name, "--folds", "3") == 0
        told = json.loads((out / "report.json").read_text())
        assert sum(told["crops"].values()) == whole and told["crops"]["cropped"] >= least * whole


def test_faces_that_fill_a_picture_of_48_pixels_are_found() -> None:
    crops = [Cropper().crop(np.repeat(row.picture[..., None], 3, axis=2)) for row in rows(10)]
    assert sum(crop is not None for crop in crops) >= 7
    assert {crop.shape for crop in crops if crop is not None} == {(224, 224, 3)}


def test_the_cache_keeps_pixels_and_reasons(tmp_path: Path) -> None:
    cache = CropCache(tmp_path)
    crop = np.random.default_rng(1).integers(0, 256, (224, 224, 3)).astype(np.uint8)
    cache.put("a" * 64, 3, crop)
    cache.put_none("a" * 64, 4, "no face")
    assert np.array_equal(cache.read("a" * 64, 3), crop)
    assert [cache.outcome("a" * 64, frame) for frame in (3, 4, 5)] == ["cropped", "no face", None]
    assert cache.outcome("b" * 64, 3) is None
    with pytest.raises(PictureError):
        cache.read("a" * 64, 4)
    with pytest.raises(ValueError, match="no such reason"):
        cache.put_none("a" * 64, 4, "tired")


def test_parts_that_are_not_there(prepared: Path) -> None:
    with pytest.raises(DatasetError, match="no part demo"):
        CropSet.load(prepared, "demo")
    with pytest.raises(ValueError, match="chance an rng"):
        next(CropSet.load(prepared, "train").batches(2, balanced=True))


def test_terms_that_were_not_accepted_stop_training(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared, tmp_path / "copy")
    path = tmp_path / "copy" / "manifest.csv"
    text = path.read_text()
    digest = LICENCES["unbc-mcmaster"].digest
    for spoilt in (text.replace(digest, "0" * 64), text.replace(f"unbc-mcmaster={digest}", "")):
        path.write_text(spoilt)
        with pytest.raises(LicenceError, match="needs its terms accepted"):
            CropSet.load(tmp_path / "copy", "train")


def test_batches_can_be_changed(prepared: Path) -> None:
    part = CropSet.load(prepared, "train")
    plain, _, chosen = next(part.batches(3, np.random.default_rng(2)))
    changed, _, same = next(part.batches(3, np.random.default_rng(2), change=Augmentation()))
    assert np.array_equal(chosen, same) and changed.shape == plain.shape
    assert (np.abs(changed.astype(int) - plain).mean(axis=(1, 2, 3)) > 1).all()


def test_a_manifest_is_prepared_as_it_says(unbc: Path, tmp_path: Path) -> None:
    path = tmp_path / "chosen.csv"
    words = ["--classes", "pspi7", "--test-subjects", "bx201", "--without-subjects", "ax200"]
    assert main(["--inspect", str(unbc), "--manifest", str(path), *ACCEPTED, *words]) == 0
    chosen = read_manifest(path)
    assert run(unbc, tmp_path / "out", "--from-manifest", str(path), *ACCEPTED) == 0
    manifest = read_manifest(tmp_path / "out" / "manifest.csv")
    assert manifest.scheme == "pspi7" == chosen.scheme
    listed = {(one.sample_id, one.split) for one in chosen.samples}
    assert {(one.sample_id, one.split) for one in manifest.samples} <= listed and len(listed) == 16

"""Where crops come from: the drawn set, a prepared one, an array; and whether the people in them are new."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.data.build import IDENTITIES
from training.datasets.crop_cache import CropCache
from training.datasets.crop_set import CROPS, MANIFEST
from training.datasets.licence import LICENCES, known
from training.datasets.manifest import Manifest, Sample
from training.datasets.manifest_file import write_manifest
from training.evaluation.drawn import load_drawn, skin_group, typology_angle
from training.evaluation.errors import CropsError
from training.evaluation.published import Source, load_array, load_prepared
from training.evaluation.split import BY_FRAME, BY_SUBJECT, NOT_SHOWN, Split, Stills
from training.evaluation.watch import FIRST_PERSON, Watch
from training.explain import samples, units
from training.synth.identity import SKIN_SRGB, Identity, linear

RNG = np.random.default_rng(4)
SEEDS = np.array([200_000, 200_000, 200_001, 200_002])


def save_drawn(path: Path, seeds: np.ndarray) -> Path:
    images = RNG.integers(0, 256, (len(seeds), 224, 224, 3), dtype=np.uint8)
    np.savez(path, images=images, levels=np.arange(len(seeds)) % 4, units=np.zeros((len(seeds), 10), np.float32),
             pspi=np.zeros(len(seeds)), identities=seeds)  # fmt: skip
    return path


def test_the_drawn_set_knows_its_people(tmp_path: Path) -> None:
    split = load_drawn(save_drawn(tmp_path / "test.npz", SEEDS), save_drawn(tmp_path / "train.npz", SEEDS - 200_000))
    assert split.drawn and split.split_by == BY_SUBJECT and split.unknown == ()
    assert split.stills.subjects.tolist() == ["200000", "200000", "200001", "200002"]
    for kind, members in split.groups.items():
        assert members[0] == members[1], kind
    glasses = [Identity.from_seed(int(seed)).glasses for seed in SEEDS]
    assert (split.groups["glasses"] == "with glasses").tolist() == glasses
    assert split.groups["sex"].tolist() == [Identity.from_seed(int(seed)).sex for seed in SEEDS]
    assert "light" not in split.groups


def test_the_drawn_set_knows_light_and_what_is_before_the_face(tmp_path: Path) -> None:
    path = save_drawn(tmp_path / "test.npz", SEEDS)
    with np.load(path) as arrays:
        said = {"hours": np.array(["day", "night", "day", "infrared"]), "fronts": np.array(["", "blanket", "", "eye"])}
        np.savez(path, **arrays, **said)
    groups = load_drawn(path).groups
    assert groups["light"].tolist() == ["day", "night", "day", "infrared"]
    assert (groups["in front of the face"] == "nothing").tolist() == [True, False, True, False]


def test_people_who_were_trained_on_are_found(tmp_path: Path) -> None:
    test, train = save_drawn(tmp_path / "test.npz", SEEDS), save_drawn(tmp_path / "train.npz", SEEDS[3:])
    assert load_drawn(test, train).split_by == BY_FRAME
    assert load_drawn(test, tmp_path / "none.npz").split_by == NOT_SHOWN


@pytest.mark.parametrize("words", [b"", b"not crops"])
def test_other_files_are_refused(tmp_path: Path, words: bytes) -> None:
    (tmp_path / "x.npz").write_bytes(words)
    with pytest.raises(CropsError, match=r"x\.npz"):
        load_drawn(tmp_path / "x.npz")
    with pytest.raises(CropsError, match="no such file"):
        load_drawn(tmp_path / "y.npz")


def test_skins_are_grouped_by_their_angle() -> None:
    angles = [typology_angle(tuple(linear(colour).tolist())) for colour in SKIN_SRGB]
    assert angles == sorted(angles, reverse=True)
    groups = [skin_group(tuple(linear(colour).tolist())) for colour in SKIN_SRGB]
    assert groups[0] == "light" and groups[-1] == "dark" and "intermediate" in groups
    # A grey of L* = 50 + x has b* = 0: an angle of 90 degrees; below, of -90
    assert typology_angle((0.5, 0.5, 0.5)) == pytest.approx(90, abs=1)
    assert typology_angle((0.05, 0.05, 0.05)) == pytest.approx(-90, abs=1)


def sample(number: int, subject: str, label: str, split: str, frame: int = 0) -> Sample:
    return Sample(f"s{number}", subject, f"video-{subject}", frame, f"{subject}/{number}.png", label, "pspi",
                  "own", split, f"{number:064x}")  # fmt: skip


def rows() -> tuple[Sample, ...]:
    licence = next(iter(LICENCES))
    made = [
        sample(0, "a", "0", "train"),
        sample(1, "b", "0", "test", 10),
        sample(2, "b", "2", "test", 35),
        sample(3, "c", "7", "test", 4),
    ]
    return tuple(replace(one, licence=licence) for one in made)


def made(folder: Path, manifest: Manifest, accepted: bool = True) -> tuple[Path, np.ndarray]:
    terms = {name: known(name).digest for name in {one.licence for one in manifest.samples} if accepted}
    folder.mkdir()
    write_manifest(replace(manifest, accepted=terms), folder / MANIFEST)
    crops = RNG.integers(0, 256, (len(manifest.samples), 224, 224, 3), dtype=np.uint8)
    for one, crop in zip(manifest.samples, crops, strict=True):
        CropCache(folder / CROPS).put(one.checksum, one.frame, crop)
    np.save(folder / "crops.npy", crops)
    return folder, crops


def check(split: Split, crops: np.ndarray) -> None:
    assert split.split_by == BY_SUBJECT and not split.drawn
    assert split.stills.levels.tolist() == [0, 2, 3]
    assert split.stills.subjects.tolist() == ["b", "b", "c"]
    assert split.stills.times_s.tolist() == [0.0, 1.0, 0.0]
    assert np.array_equal(split.stills.images, crops[1:])
    assert split.watch is split.stills
    assert split.classes == ("0", "1", "2", "3+")


def test_a_prepared_set_and_an_array_give_the_same_split(tmp_path: Path) -> None:
    folder, crops = made(tmp_path / "set", Manifest(rows(), "unbc", split_by="subject", scheme="pspi4"))
    check(load_prepared(folder, Source()), crops)
    people = tmp_path / "people.csv"
    people.write_text("subject,skin_tone,sex\nb,dark,f\nc,light,\n")
    split = load_array(folder / MANIFEST, folder / "crops.npy", Source(people=people))
    check(split, crops)
    assert {kind: of.tolist() for kind, of in split.groups.items()} == {
        "skin tone": ["dark", "dark", "light"],
        "sex": ["f", "f", "not stated"],
    }
    assert split.unknown == ("age", "glasses")


def test_a_split_by_frame_is_told(tmp_path: Path) -> None:
    both = (*rows(), replace(rows()[0], sample_id="s9", path="a/9.png", split="test"))
    folder, _ = made(tmp_path / "frame", Manifest(both, "unbc", split_by="frame", scheme="pspi4"))
    assert load_prepared(folder, Source()).split_by == BY_FRAME
    folder, _ = made(tmp_path / "unsaid", Manifest(both, "unbc", scheme="pspi4"))
    assert load_prepared(folder, Source()).split_by == BY_FRAME
    folder, _ = made(tmp_path / "alone", Manifest(rows()[1:], "unbc", scheme="pspi4"))
    assert load_prepared(folder, Source()).split_by == NOT_SHOWN
    folder, _ = made(tmp_path / "train", Manifest(rows(), "unbc", split_by="subject", scheme="pspi4"))
    assert load_prepared(folder, Source("train")).split_by == BY_FRAME


def test_what_cannot_be_measured_is_refused(tmp_path: Path) -> None:
    folder, crops = made(tmp_path / "set", Manifest(rows(), "unbc", split_by="subject", scheme="pspi4"))
    np.save(tmp_path / "few.npy", crops[:2])
    (tmp_path / "people.csv").write_text("name\nb\n")
    with pytest.raises(CropsError, match="2 crops for 4 rows"):
        load_array(folder / MANIFEST, tmp_path / "few.npy", Source())
    with pytest.raises(CropsError, match="validation"):
        load_array(folder / MANIFEST, folder / "crops.npy", Source("validation"))
    with pytest.raises(CropsError, match="nothing in part"):
        load_prepared(folder, Source("validation"))
    with pytest.raises(CropsError, match="subject"):
        load_prepared(folder, Source(people=tmp_path / "people.csv"))
    with pytest.raises(CropsError, match="above 0"):
        Source(frames_per_second=0)
    with pytest.raises(CropsError, match="cannot be read"):
        load_prepared(tmp_path / "none", Source())
    faces = tuple(replace(one, label_kind="emotion", label="sad") for one in rows())
    folder, _ = made(tmp_path / "sad", Manifest(faces, "fer", split_by="subject", scheme="emotion7"))
    assert not load_prepared(folder, Source()).ordered


def test_terms_that_were_not_accepted_stop_both_ways_in(tmp_path: Path) -> None:
    folder, _ = made(tmp_path / "set", Manifest(rows(), "unbc", split_by="subject", scheme="pspi4"), accepted=False)
    for load in (lambda: load_prepared(folder, Source()),
                 lambda: load_array(folder / MANIFEST, folder / "crops.npy", Source())):  # fmt: skip
        with pytest.raises(CropsError, match="terms accepted"):
            load()
    names = tuple({one.licence for one in rows()})
    assert len(load_array(folder / MANIFEST, folder / "crops.npy", Source(accepted=names)).stills) == 3


def test_stills_fit_together() -> None:
    good = {"images": np.zeros((2, 8, 8, 3), np.uint8), "levels": np.array([0, 1]), "subjects": np.array(["a", "b"]),
            "sequences": np.array(["", ""]), "times_s": np.zeros(2)}  # fmt: skip
    assert len(Stills(**good)) == 2
    wrong = {"images": np.zeros((2, 8, 8, 3)), "levels": np.array([0, -1]), "subjects": np.array(["a"])}
    for name, value in wrong.items():
        with pytest.raises(CropsError):
            Stills(**{**good, name: value})
    with pytest.raises(CropsError, match="groups"):
        Split("x", Stills(**good), True, BY_SUBJECT, groups={"age": np.array(["old"])})
    with pytest.raises(CropsError, match="split by"):
        Split("x", Stills(**good), True, "luck")


def test_nobody_is_measured_in_two_ways() -> None:
    starts = sorted([IDENTITIES["test"], FIRST_PERSON, samples.FIRST_PERSON, units.FIRST_PERSON])
    gaps = np.diff(starts)
    assert gaps.min() >= 1000 > max(Watch().people, IDENTITIES["test"])

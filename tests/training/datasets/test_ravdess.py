"""RAVDESS: one frame in fifteen of every recording, once; actors 8 and 15 are the test."""

from collections import Counter
from pathlib import Path

import pytest

from training.datasets.imitation.ravdess import FRAMES_TAKEN, ODDITIES, write_ravdess
from training.datasets.inspection import Inspection, Options, inspect
from training.datasets.layout import ReadingOptions

CODES = ("01", "02", "03")
HAPPY, CALM, NEUTRAL = "happy", "calm", "neutral"


def told(inspection: Inspection) -> dict[str, int]:
    return {notice.what: notice.count for notice in inspection.findings.all()}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ravdess")
    write_ravdess(root, (1, 8, 15), CODES)
    return root


def test_emotions_actors_and_frames(published: Path) -> None:
    found = inspect(published, Options(all_pictures=True))
    assert found.layout.name == "ravdess" and found.found.variant == ()
    assert Counter(one.label for one in found.there) == {HAPPY: 9, CALM: 9, NEUTRAL: 9}
    assert {one.frame for one in found.there} == {0, 15, 30}
    assert {one.subject for one in found.there} == {"actor-01", "actor-08", "actor-15"}
    assert found.sizes == {"320x180": 27}
    assert told(found) == {"label without a class of emotion7: calm": 9}
    assert {(one.subject, one.split) for one in found.chosen} == {
        ("actor-01", "train"), ("actor-08", "test"), ("actor-15", "test"),
    }  # fmt: skip
    assert found.plan.by == "fixed" and found.shared == []


def test_other_steps_through_a_video(published: Path) -> None:
    found = inspect(published, Options(ReadingOptions(every=10)))
    assert {one.frame for one in found.there} == {0, 10, 20, 30}


@pytest.mark.parametrize(("oddity", "words"), [("archives", "archives"), ("flat", "one folder")])
def test_variants_hold_the_same(published: Path, tmp_path: Path, oddity: str, words: str) -> None:
    write_ravdess(tmp_path, (1, 8, 15), CODES, [oddity])
    found = inspect(tmp_path, Options())
    assert words in " ".join(found.found.variant)
    assert [one.sample_id for one in found.there] == [one.sample_id for one in inspect(published, Options()).there]


def test_what_is_odd_is_told(tmp_path: Path) -> None:
    write_ravdess(tmp_path, (1, 2, 3), CODES, set(ODDITIES) - {"archives", "flat"})
    found = inspect(tmp_path, Options(all_pictures=True))
    counts = told(found)
    for what in (
        "recording that is there twice: one is used", "sound without pictures", "video that cannot be decoded",
        "recording in the folder of another actor", "sung recording: --songs takes them",
        "name of a recording that the set does not have",
    ):  # fmt: skip
        assert counts.pop(what) == 1
    assert counts == {"label without a class of emotion7: calm": 9}
    assert len(found.there) == 3 * 3 * FRAMES_TAKEN
    assert found.plan.by == "subject"  # without actors 8 and 15, folds


def test_songs_on_request(tmp_path: Path) -> None:
    write_ravdess(tmp_path, (1, 2, 3), CODES, ["songs"])
    found = inspect(tmp_path, Options(ReadingOptions(songs=True)))
    assert len(found.there) == (3 * 3 + 1) * FRAMES_TAKEN
    assert any(one.sequence.startswith("01-02-") for one in found.there)

"""BioVid part A: stimuli as labels, one frame a second, whatever the roots are called."""

from collections import Counter
from pathlib import Path

import pytest

from training.datasets.imitation.biovid import FRAMES_TAKEN, subject_name, write_biovid
from training.datasets.inspection import Inspection, Options, inspect
from training.datasets.labels import HEAT


def told(inspection: Inspection) -> dict[str, int]:
    return {notice.what: notice.count for notice in inspection.findings.all()}


def test_stimuli_subjects_and_frames(tmp_path: Path) -> None:
    write_biovid(tmp_path)
    found = inspect(tmp_path, Options(all_pictures=True))
    assert found.layout.name == "biovid" and found.found.variant == ()
    assert Counter(one.label for one in found.there) == dict.fromkeys(HEAT, 3 * FRAMES_TAKEN)
    assert {one.subject for one in found.there} == {subject_name(number) for number in range(3)}
    assert {one.frame for one in found.there} == {0, 25, 50, 75, 100, 125}
    assert found.sizes == {"240x180": 90}
    assert told(found) == {"class of a subject with other than 20 clips": 15}
    assert found.shared == [] and found.plan.by == "subject"
    assert inspect(tmp_path, Options(scheme="heat4")).class_counts() == [18, 36, 18, 18]
    assert inspect(tmp_path, Options(scheme="heat2")).class_counts() == [18, 18]


@pytest.mark.parametrize(("oddities", "words"), [(["lower"], "partA/video"), (["bare"], "no starting_point")])
def test_variants_hold_the_same(tmp_path: Path, oddities: list[str], words: str) -> None:
    write_biovid(tmp_path, oddities=oddities)
    found = inspect(tmp_path, Options())
    assert words in " ".join(found.found.variant) and len(found.there) == 90


def test_what_is_odd_is_told(tmp_path: Path) -> None:
    write_biovid(tmp_path, oddities=["part-b", "unlisted", "lost", "broken", "misplaced", "biosignals"])
    found = inspect(tmp_path, Options())
    counts = told(found)
    for what in ("video that samples.csv does not list", "sample of samples.csv without a video",
                 "video that cannot be decoded", "clip in the folder of another subject"):  # fmt: skip
        assert counts[what] == 1
    assert found.found.variant == ("PartB/video is another part, not read",)
    assert found.found.facts == ("PartA/biosignals_raw, not read",)
    assert len(found.there) == 90

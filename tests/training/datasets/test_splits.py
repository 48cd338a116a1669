"""No subject is in two parts, whatever the samples; only a split by frame lets that happen, and it says so."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.datasets.choice import sampling_weights
from training.datasets.errors import LeakageError, SplitError
from training.datasets.manifest import Sample, shared_subjects
from training.datasets.splits import SplitPlan, assert_disjoint, describe, split, subject_folds


def sample(number: int, subject: str, part: str = "") -> Sample:
    return Sample(f"x/{number}", subject, "q", number, "p.png", "0", "pspi", "own", part)


def many(subjects: int, frames: int) -> tuple[list[Sample], list[int]]:
    rows = [sample(row, f"s{row % subjects}") for row in range(subjects * frames)]
    return rows, [row // subjects % 4 for row in range(subjects * frames)]


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 3)), min_size=1, max_size=80), st.integers(3, 6), st.data()
)
def test_no_subject_is_in_two_parts(rows: list[tuple[int, int]], folds: int, data: st.DataObject) -> None:
    rows = rows + [(who, 0) for who in range(folds)]
    fold = data.draw(st.integers(0, folds - 1))
    samples = [sample(number, f"s{who}") for number, (who, _) in enumerate(rows)]
    found = split(samples, [label for _, label in rows], SplitPlan("subject", folds, fold))
    assert shared_subjects(found) == []
    assert all(count > 0 for _, count in describe(found).values())
    assert [one.sample_id for one in found] == [one.sample_id for one in samples]


def test_every_subject_is_tested_once() -> None:
    samples, classes = many(12, 8)
    tested = Counter(
        subject
        for fold in range(4)
        for subject in {
            one.subject for one in split(samples, classes, SplitPlan("subject", 4, fold)) if one.split == "test"
        }
    )
    assert tested == Counter(f"s{number}" for number in range(12))


def test_folds_do_not_depend_on_the_order() -> None:
    samples, classes = many(9, 5)
    subjects = [one.subject for one in samples]
    order = np.random.default_rng(1).permutation(len(samples))
    assert subject_folds(subjects, classes, 3) == subject_folds(
        [subjects[i] for i in order], [classes[i] for i in order], 3
    )


def test_folds_share_rare_classes() -> None:
    rows = [(f"s{who}", int(who < 4 and frame < 5)) for who in range(16) for frame in range(20)]
    folds = subject_folds([who for who, _ in rows], [label for _, label in rows], 4)
    assert Counter(folds[f"s{who}"] for who in range(4)) == {0: 1, 1: 1, 2: 1, 3: 1}


def test_by_frame_shares_subjects_and_says_so() -> None:
    samples, classes = many(4, 40)
    plan = SplitPlan("frame", 5, 0)
    found = split(samples, classes, plan)
    assert plan.stamp == "frame" and SplitPlan().stamp == "subject"
    assert len(shared_subjects(found)) == 4
    parts = {part: count for part, (_, count) in describe(found).items()}
    assert parts == {"train": 96, "validation": 32, "test": 32}
    assert found == split(samples, classes, plan) != split(samples, classes, SplitPlan("frame", 5, 0, seed=2))


def test_fixed_subjects() -> None:
    samples, classes = many(5, 4)
    found = split(samples, classes, SplitPlan("fixed", test_subjects=("s1",), validation_subjects=("s3",)))
    assert describe(found) == {"train": (3, 12), "validation": (1, 4), "test": (1, 4)}
    with pytest.raises(LeakageError):
        split(samples, classes, SplitPlan("fixed", test_subjects=("s1",), validation_subjects=("s1",)))
    with pytest.raises(SplitError, match="no such subjects: s9"):
        split(samples, classes, SplitPlan("fixed", test_subjects=("s9",)))
    with pytest.raises(SplitError, match="others to train on"):
        split(samples, classes, SplitPlan("fixed", test_subjects=tuple(f"s{n}" for n in range(5))))


def test_a_given_split_is_checked() -> None:
    rows = [sample(1, "a", "train"), sample(2, "b", "test")]
    assert split(rows, [0, 0], SplitPlan("given")) == rows
    with pytest.raises(LeakageError, match=r"split: a$") as caught:
        split([*rows, sample(3, "a", "test")], [0, 0, 0], SplitPlan("given"))
    assert caught.value.subjects == ("a",)
    with pytest.raises(LeakageError):
        assert_disjoint([*rows, sample(3, "a", "test")])


@pytest.mark.parametrize("plan", [SplitPlan(folds=2), SplitPlan(fold=5), SplitPlan(folds=9), SplitPlan(by="luck")])
def test_plans_that_do_not_fit_are_refused(plan: SplitPlan) -> None:
    samples, classes = many(8, 2)
    with pytest.raises(SplitError):
        split(samples, classes, plan)


def test_weights_draw_each_class_equally_often() -> None:
    classes = [0] * 90 + [1] * 9 + [3]
    weights = sampling_weights(classes)
    assert weights.sum() == pytest.approx(1)
    assert [weights[np.array(classes) == label].sum() for label in (0, 1, 3)] == pytest.approx([1 / 3] * 3)
    with pytest.raises(ValueError, match="no samples"):
        sampling_weights([])

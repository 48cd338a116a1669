"""Every mutant is killed by the test it names, which passes on the source as it is, and leaves results right."""

from __future__ import annotations

import pytest

from tests.snni.mutants.catalogue import ALL, NAMED
from tests.snni.mutants.kill import outcomes, verdict_on
from tests.snni.mutants.mutant import ROOT, Mutant
from tests.snni.mutants.native_build import build

SAMPLE = (
    *("leaf-share-zero", "upload-noise-seed-constant", "ticket-from-the-epoch", "pinned-plan-not-compared"),
    *("dealt-2-in-the-clear", "hidden-3-in-the-clear", "challenges-constant"),
)
"""In every run of the suite; the rest is heavy."""


def by_weight(mutants: tuple[Mutant, ...]) -> list:
    return [
        pytest.param(mutant, id=mutant.name, marks=() if mutant.name in SAMPLE else pytest.mark.heavy)
        for mutant in mutants
    ]


def test_names_are_unique_and_the_sample_is_among_them() -> None:
    assert len(NAMED) == len(ALL) >= 80 and set(SAMPLE) <= set(NAMED)


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_one_line_and_names_a_test_that_is_there(mutant: Mutant) -> None:
    changed, source = mutant.applied(), (ROOT / mutant.file).read_text()
    differing = [pair for pair in zip(changed.split("\n"), source.split("\n"), strict=True) if len(set(pair)) == 2]
    assert len(differing) == 1
    file, _, name = mutant.killed_by.partition("::")
    assert not name or f"def {name.partition('[')[0]}(" in (ROOT / file).read_text()


@pytest.mark.parametrize("mutant", by_weight(ALL))
def test_a_mutant_is_killed_and_leaves_results_right(mutant: Mutant) -> None:
    if mutant.native:
        build(mutant)
    verdict = verdict_on(mutant)
    assert verdict.killed, f"{mutant.killed_by} does not see it:\n{verdict.shown}"
    assert verdict.right, f"results are wrong:\n{verdict.shown}"


@pytest.mark.heavy
def test_the_killing_tests_pass_on_the_source_as_it_is() -> None:
    tests = sorted({mutant.killed_by for mutant in ALL} | {mutant.results_test for mutant in ALL})
    found, shown = outcomes(tests, None)
    assert set(found.values()) == {"PASSED"} and all(any(node.startswith(test) for node in found) for test in tests), (
        shown
    )

"""What a mutant leaves right: the level of a clear picture, by both comparisons and both kinds of transfers.

Not collected by itself: `kill` runs it on each mutant that says it keeps results.
"""

import pytest

from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.suite import TRANSFERS, TwoPartySuite
from tests.support.networks import clear_picture, residual
from tests.support.parties import run_parties


@pytest.mark.parametrize(("comparison", "transfers"), [("leaf", "ferret"), ("tables", "softspoken")])
def test_the_level_is_right(comparison: str, transfers: str) -> None:
    picture, level = clear_picture()
    run = run_parties(residual(), [picture] * 2, TwoPartySuite(COMPARISONS[comparison], TRANSFERS[transfers]))
    assert [outcome.level for outcome in run.outcomes] == [level, level]

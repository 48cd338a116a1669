"""Runs a mutant's tests on it, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass

from tests.snni.mutants.mutant import ROOT, Mutant

TIMEOUT_S = 900
OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR) (.+?)(?: - .*)?$", re.M)


@dataclass(frozen=True)
class Verdict:
    """killed: the named test failed. right: results were right, if they were looked at. shown: pytest's words."""

    killed: bool
    right: bool
    shown: str


def outcomes(tests: list[str], mutant: Mutant | None) -> tuple[dict[str, str], str]:
    """Node id -> PASSED, FAILED or ERROR of these tests, on the mutant or on the source as it is; what was printed."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *tests]
    environment = dict(os.environ)
    if mutant is not None:
        command += ["-p", "tests.snni.mutants.plugin"]
        environment["VEILWARD_MUTANT"] = mutant.name
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    found = {node: outcome for outcome, node in OUTCOME.findall(done.stdout)}
    return found, done.stdout[-3000:] + done.stderr[-1000:]


def verdict_on(mutant: Mutant) -> Verdict:
    """A test that cannot run, an error and not a failure, kills nothing."""
    tests = [mutant.killed_by, *([mutant.results_test] if mutant.results else [])]
    found, shown = outcomes(tests, mutant)
    results = [outcome for node, outcome in found.items() if node.startswith(mutant.results_test)]
    killing = [outcome for node, outcome in found.items() if node.startswith(mutant.killed_by)]
    right = all(outcome == "PASSED" for outcome in results) and bool(results) == mutant.results
    return Verdict("FAILED" in killing and "ERROR" not in killing, right, shown)

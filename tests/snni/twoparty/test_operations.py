"""Every kind of step is registered once, and nobody beside the registry tells kinds apart."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

from snni.errors import ParameterError
from snni.model import steps
from snni.model.steps import Step
from snni.model.values import ValueSpec
from snni.twoparty.operations import OPERATIONS, operation_of
from snni.twoparty.suite import TWO_PARTY
from tests.support.networks import grey

ROOT = Path(__file__).parents[3]
KINDS = get_args(get_args(Step)[0])
TELLS_APART = ("snni/model", "snni/compile")
"""Where kinds may be told apart: what is computed, and how a network becomes it."""


def test_every_kind_of_step_is_registered() -> None:
    assert set(OPERATIONS) == set(KINDS)
    assert all(operation.step is kind for kind, operation in OPERATIONS.items())


def test_a_kind_that_is_not_registered_is_refused_by_name() -> None:
    class Softmax(steps.Flatten):
        pass

    with pytest.raises(ParameterError, match="flat: two parties have no protocol for flatten"):
        operation_of(Softmax(name="flat", x="x", y="y"))


def test_an_extension_that_transfers_have_no_bits_for_is_refused_before_it_runs() -> None:
    relu = steps.Relu(name="wide", x="x", y="y", shift=0, window=5, out_bits=26)
    plan = grey().plan
    values = plan.values | {"x": ValueSpec(shape=(1, 1, 1), ring_bits=26)}
    spoilt = plan.model_copy(update={"steps": (relu, *plan.steps)})
    spoilt.__dict__["values"] = values
    with pytest.raises(ParameterError, match="extension of 5 bits to 26"):
        TWO_PARTY.check(spoilt)


def told_apart(tree: ast.AST) -> set[str]:
    """Names of kinds that ``match`` and ``isinstance`` ask for."""
    names = {kind.__name__ for kind in KINDS}
    found: set[str] = set()
    for node in ast.walk(tree):
        asked: list[ast.AST] = []
        if isinstance(node, ast.MatchClass):
            asked = [node.cls]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            asked = list(ast.walk(node.args[1]))
        found |= {a.id for a in asked if isinstance(a, ast.Name)} & names
    return found


def test_the_search_sees_a_ladder() -> None:
    ladder = "match step:\n case Relu():\n  pass\nisinstance(step, Clip | MaxPool)"
    assert told_apart(ast.parse(ladder)) == {"Relu", "Clip", "MaxPool"}


def test_no_ladder_over_kinds_of_steps_stands_outside_model_and_compiler() -> None:
    """Convolutions alone are picked out, where a suite lists what has weights."""
    allowed = {"snni/twoparty/linear/portions.py": {"Conv"}, "snni/multiparty/model.py": {"Conv"}}
    for folder in ("snni", "services", "localsite"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not name.startswith(TELLS_APART):
                assert told_apart(ast.parse(path.read_text())) <= allowed.get(name, set()), name

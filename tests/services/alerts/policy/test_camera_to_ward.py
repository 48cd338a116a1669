"""Whatever the service finds wrong with itself breaks a link of the chain that the page draws."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from services.alerts import self_check
from services.alerts.policy.camera_to_ward import SERVICE_PARTS, LinkState, _link
from services.alerts.policy.technical import Severity, TechnicalCondition


def codes() -> set[str]:
    """What SelfCheck.checks yields, of a name that is put together its beginning."""
    tree = ast.parse(Path(self_check.__file__).read_text())
    firsts = [
        one.value.elts[0] for one in ast.walk(tree) if isinstance(one, ast.Yield) and isinstance(one.value, ast.Tuple)
    ]
    plain = {str(one.value) for one in firsts if isinstance(one, ast.Constant)}
    begun = {str(part.value) + "x" for one in firsts if isinstance(one, ast.JoinedStr)
             for part in one.values[:1] if isinstance(part, ast.Constant)}  # fmt: skip
    return plain | begun


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_fault_of_the_service_breaks_a_link(code: str) -> None:
    found = [TechnicalCondition("", code, Severity.ALARM, "Something fails.", None)]
    links = [_link(name, known, well, found) for name, known, well in SERVICE_PARTS]
    assert [one.text for one in links if one.state is LinkState.BAD] == ["Something fails."]


def test_the_checks_are_found() -> None:
    assert {"bus", "database", "consent_key", "certificate_x"} <= codes()

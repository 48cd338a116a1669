"""The registry spells subjects, refuses what is no token, and takes subjects apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import services
from services.bus import subjects
from services.bus.errors import SubjectError


def test_the_spelling() -> None:
    assert subjects.frames("haus", "cam-1") == "frames.v1.haus.cam-1"
    assert subjects.crops("haus", "cam-1") == "crops.v1.haus.cam-1"
    assert subjects.pain("w", "r", "c") == "pain.v1.w.r.c"
    assert subjects.clip("w", "r", "c") == "clip.v1.w.r.c"
    assert subjects.state("w", "r", "c", "ingest") == "state.v1.w.r.c.ingest"
    assert subjects.consent("w", "r", "c") == "consent.v1.w.r.c"


def test_only_levels_states_and_labels_are_exported() -> None:
    assert {family.noun for family in subjects.FAMILIES if family.exported} == {"pain", "state", "clip"}


def test_only_consents_enter_the_room() -> None:
    assert {family.noun for family in subjects.FAMILIES if family.enters} == {"consent"}


@pytest.mark.parametrize("token", ["", "A", "a.b", "*", ">", "-a", "a b", "ä", "a" * 33, "a\n", "$js"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(SubjectError):
        subjects.frames("haus", token)
    with pytest.raises(SubjectError):
        subjects.pain(token, "r", "c")


def test_a_component_outside_the_registry() -> None:
    with pytest.raises(SubjectError):
        subjects.state("w", "r", "c", "alerts")


def test_parse_is_the_inverse() -> None:
    address = subjects.parse("state.v1.w.r.c.snni_client")
    assert address.family is subjects.STATE
    assert address.scope == {"ward": "w", "room": "r", "camera": "c", "component": "snni_client"}


def test_no_other_file_spells_a_subject() -> None:
    spelled = re.compile(r"""["'](frames|crops|pain|state|clip|consent)\.(v\d|>|\*)""")
    root = Path(services.__file__).parent
    guilty = [
        path.name for path in root.rglob("*.py") if spelled.search(path.read_text()) and path.name != "subjects.py"
    ]
    assert guilty == []

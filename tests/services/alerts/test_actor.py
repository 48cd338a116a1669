"""Who acts: scope, identity, and what stores keep of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from services.alerts.actor import Actor, Role, Way, decode_actor, encode_actor, typed_name

ADA = Actor("a1", "Ada Byron", Role.NURSE, ("ward-1", "ward-2"), Way.PASSWORD)
EVERYWHERE = replace(ADA, wards=None)


def test_a_scope_holds_its_wards_and_no_other() -> None:
    assert ADA.sees("ward-2")
    assert not ADA.sees("ward-3")
    assert EVERYWHERE.sees("ward-3")


def test_a_scope_covers_what_lies_in_it() -> None:
    assert ADA.covers(("ward-1",))
    assert ADA.covers(())
    assert not ADA.covers(("ward-1", "ward-3"))
    assert not ADA.covers(None)
    assert EVERYWHERE.covers(None)
    assert EVERYWHERE.covers(("ward-3",))


def test_a_person_is_the_account_and_neither_the_name_nor_the_way() -> None:
    assert ADA.is_same_person(replace(ADA, name="A. King", way=Way.PIN))
    assert not ADA.is_same_person(replace(ADA, id="a2"))


@pytest.mark.parametrize("actor", [ADA, EVERYWHERE, typed_name("Grace"), replace(ADA, wards=())])
def test_what_is_kept_is_read_again(actor: Actor) -> None:
    assert decode_actor(json.loads(json.dumps(encode_actor(actor)))) == actor


def test_a_name_of_an_earlier_version_is_an_actor_that_nothing_vouches_for() -> None:
    assert decode_actor("Grace") == typed_name("Grace")
    assert typed_name("Grace").way is Way.TYPED
    assert not typed_name("Grace").is_same_person(typed_name("Ada"))


@pytest.mark.parametrize(
    "wrong", [None, 7, {}, [], encode_actor(ADA) | {"role": "king"}, encode_actor(ADA) | {"wards": 1}]
)
def test_anything_else_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        decode_actor(wrong)

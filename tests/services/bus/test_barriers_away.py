"""Barriers between room and ward taken away: what was silent answers, what was held leaks, and the looks notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from localsite.nats_pair import start_pair
from localsite.pki import Pki
from services.bus.nats_config import DENIED_VERBS, LeafOptions, leaf_config
from services.bus.streams import out_stream
from services.bus.subjects import (
    CROPS_ALL,
    FAMILIES,
    FRAMES_ALL,
    PAIN_ALL,
    STATE_ALL,
    STREAM_OUT,
)
from tests.services.bus.intruder import hub_of_the_intruder, intrude, leaks_pictures, request_for
from tests.support.waiting import eventually


def widened(*edits: tuple[str, str]) -> Callable[[LeafOptions], str]:
    """The generated configuration with pieces of text replaced; each must be there."""

    def generate(options: LeafOptions) -> str:
        text = leaf_config(options)
        for old, new in edits:
            assert old in text
            text = text.replace(old, new, 1)
        return text

    return generate


DENIED = "".join(f'        "$JS.room-1.API.{verb}"\n' for verb in DENIED_VERBS)


@pytest.mark.parametrize("verb", ["STREAM.INFO.OUT", "STREAM.MSG.GET.OUT", "CONSUMER.NAMES.OUT", "INFO"])
async def test_without_the_denials_the_api_would_answer(tmp_path: Path, pki: Pki, verb: str) -> None:
    """So that silence in test_two_servers.py means denied, not deaf."""
    generate = widened((DENIED, ""))
    pair = start_pair(tmp_path, pki, hub_of_the_intruder(pki), generate_leaf=generate)
    try:
        await pair.provision()
        await pair.wait_joined()
        async with intrude(pair) as intruder:

            async def answered() -> bool:
                return await intruder.ask(f"$JS.room-1.API.{verb}", request_for(verb, STREAM_OUT)) is not None

            await eventually(answered)
    finally:
        pair.stop()


PICTURES = (FRAMES_ALL, CROPS_ALL)
STREAM_EXPORTS = "\n".join(f'{{stream: "{one}"}}' for one in PICTURES)
STREAM_IMPORTS = "\n".join(f'{{stream: {{account: ROOM, subject: "{one}"}}}}' for one in PICTURES)
AS_STREAM = (
    ("  ROOM: {", f"  ROOM: {{\nexports: [\n{STREAM_EXPORTS}\n]"),
    ("  BRIDGE: {", f"  BRIDGE: {{\nimports: [\n{STREAM_IMPORTS}\n]"),
)
AS_SERVICE = (
    ("    imports: [", f'    imports: [\n{{service: {{account: BRIDGE, subject: "{CROPS_ALL}"}}}}'),
    ("    exports: [", f'    exports: [\n{{service: "{CROPS_ALL}"}}'),
)
KEPT_IN = "".join(f'        "{family.all}"\n' for family in FAMILIES)
KEPT_OUT = "".join(f'        "{family.all}"\n' for family in FAMILIES if not family.enters)
NOT_WITHHELD = (
    (f"deny_exports: [\n{KEPT_IN}", "deny_exports: [\n"),
    (f"deny_imports: [\n{KEPT_OUT}", "deny_imports: [\n"),
)
BOUND_TO_ROOM = (('account: "BRIDGE"\n      tls', 'account: "ROOM"\n      tls'),)


@pytest.mark.parametrize(
    ("edits", "trusting", "leaks"),
    [
        pytest.param((*AS_STREAM, *NOT_WITHHELD), True, True, id="exported as a stream: noticed"),
        pytest.param(AS_STREAM, True, False, id="exported as a stream, the leaf withholds"),
        pytest.param((*AS_STREAM, *NOT_WITHHELD), False, False, id="exported as a stream, the hub's user withholds"),
        pytest.param((*BOUND_TO_ROOM, *NOT_WITHHELD), True, True, id="the leaf bound to ROOM: noticed"),
        pytest.param(NOT_WITHHELD, True, False, id="not withheld, the accounts hold"),
    ],
)
async def test_a_wider_export_is_noticed(
    tmp_path: Path, pki: Pki, edits: tuple[tuple[str, str], ...], trusting: bool, leaks: bool
) -> None:
    """Three barriers stand between a picture and the hub; the leak check fails when none is left."""
    pair = start_pair(tmp_path, pki, hub_of_the_intruder(pki, trusting), generate_leaf=widened(*edits))
    try:
        assert await leaks_pictures(pair) is leaks
    finally:
        pair.stop()


async def test_a_wider_service_and_a_wider_stream_are_noticed(tmp_path: Path, pki: Pki) -> None:
    """What is exported like pain, and stored like pain, would reach the ward like pain: the check sees it."""
    pair = start_pair(tmp_path, pki, hub_of_the_intruder(pki, False), generate_leaf=widened(*AS_SERVICE))
    try:
        await pair.provision()
        assert not await leaks_pictures(pair)
        async with pair.bus("bridge") as bridge:
            await bridge.own(replace(out_stream(), subjects=[PAIN_ALL, STATE_ALL, CROPS_ALL]))
        assert await leaks_pictures(pair, provision=False)
    finally:
        pair.stop()

"""What a NATS server counts of an account, and that a way out of the account of faces shows there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki, make_pki
from services.bus.errors import BusUnavailable
from services.bus.nats_bus import Bus
from services.bus.nats_config import LeafOptions, leaf_config
from services.bus.subjects import ACCOUNT_STATISTICS
from services.bus.traffic import read
from services.runtime.metrics import Metrics
from tests.services.bus import samples
from tests.support.waiting import eventually

LEAVES = re.compile(r'^veilward_bus_account_connections{account="ROOM",kind="leaf"} (\S+)$', re.MULTILINE)
CROSSED = re.compile(r'^veilward_bus_crossed_bytes_total{account="ROOM",way="(?:in|out)"} (\S+)$', re.MULTILINE)


def bound_to_faces(options: LeafOptions) -> str:
    """The leaf's configuration as somebody might change it: its remote is bound to the account of frames and crops."""
    text = leaf_config(options)
    assert text.count('account: "BRIDGE"\n      tls') == 1
    return text.replace('account: "BRIDGE"\n      tls', 'account: "ROOM"\n      tls')


async def told(pair: NatsPair) -> tuple[set[float], float]:
    """Leaf connections and crossed bytes of ROOM, as snni_client's process tells Prometheus after crops were stored."""
    metrics = Metrics()
    bus = await Bus.connect(pair.settings("snni_client"), "snni_client", metrics=metrics)
    try:

        async def asked() -> bool:
            return bool(LEAVES.search(metrics.render().decode()))

        await eventually(asked)
        text = metrics.render().decode()
        return {float(one) for one in LEAVES.findall(text)}, sum(map(float, CROSSED.findall(text)))
    finally:
        await bus.close()


async def test_as_generated_the_account_of_faces_has_no_way_out(fresh_pair: NatsPair) -> None:
    await fresh_pair.wait_joined()
    await fresh_pair.provision()
    async with fresh_pair.bus("snni_client"), fresh_pair.bus("keyframe") as keyframe:
        await keyframe.publish_durable(samples.crop())
    assert await told(fresh_pair) == ({0.0}, 0.0)


async def test_a_leaf_that_is_bound_to_the_account_of_faces_shows(tmp_path: Path) -> None:
    pki: Pki = make_pki(tmp_path / "pki")
    with start_pair(tmp_path, pki, generate_leaf=bound_to_faces) as pair:

        async def shows() -> bool:
            return (await told(pair))[0] == {1.0}

        await eventually(shows)


async def test_a_server_of_before_denies_it_once_and_is_asked_again_on_the_next_connection(tmp_path: Path) -> None:
    """Its configuration does not let snni_client ask."""
    before = iter([True, False])

    def of_before(options: LeafOptions) -> str:
        text = leaf_config(options)
        return text.replace(f'"{ACCOUNT_STATISTICS}"', '"nothing"') if next(before) else text

    metrics = Metrics()
    with start_pair(tmp_path, make_pki(tmp_path / "pki"), generate_leaf=of_before) as pair:
        bus = await Bus.connect(pair.settings("snni_client"), "snni_client", metrics=metrics)

        async def denied() -> bool:
            return "veilward_bus_denied_total 1.0\n" in metrics.render().decode()

        async def asked() -> bool:
            return bool(LEAVES.search(metrics.render().decode()))

        await eventually(denied)
        assert not await asked()
        pair.restart_leaf()
        await eventually(asked)
        assert await denied()
        await bus.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"data": {}}',
        b'{"data": {"account_statz": []}}',
        b'{"data": {"account_statz": [{"acc": 1}]}}',
        b'{"data": {"account_statz": [{"acc": "ROOM", "sent": {"msgs": -1}}]}}',
        b'{"error": {"code": 400}}',
    ],
)
def test_any_other_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(BusUnavailable):
        read(answer)

"""Every connection that anybody may try, tried: what arrives is the table of arrows, and without policies far more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.arrows import ARROWS, IMPOSTORS, OURS, PORTS
from tests.deploy.cluster.everybody import Present, gather
from tests.deploy.cluster.knocking import hang_bells, knock_everywhere, rung, take_bells_away
from tests.deploy.cluster.player import Cluster
from tests.support.waiting import until

INSIDE = {one.name for one in OURS} | {one.name for one in IMPOSTORS if one.namespace.startswith("veilward-")}


@pytest.fixture
def everybody(cluster: Cluster) -> Iterator[list[Present]]:
    found = gather(cluster)
    ends = [one.end for one in found]
    hang_bells(cluster.network.fabric, ends)
    yield found
    take_bells_away(cluster.network.fabric, ends)
    cluster.raise_walls()


def arrived(cluster: Cluster, everybody: list[Present]) -> set[tuple[str, str, str, int]]:
    """Connections with one end in a pod of ours that arrived, by the table's names."""
    names = {one.end.address: one.endpoint.name for one in everybody}
    return {
        (names[one.source], names[one.destination], one.protocol, one.port)
        for one in rung(cluster.network.fabric, [one.end for one in everybody])
        if one.source in names
        and INSIDE & {names[one.source], names[one.destination]}
        and (one.protocol, one.port) in PORTS
    }


def test_what_arrives_is_the_table_of_arrows(cluster: Cluster, everybody: list[Present]) -> None:
    knock_everywhere([one.end for one in everybody], PORTS)
    until(lambda: arrived(cluster, everybody) >= ARROWS)
    assert arrived(cluster, everybody) == ARROWS


def test_without_policies_everything_arrives(cluster: Cluster, everybody: list[Present]) -> None:
    cluster.network.raze_walls()
    knock_everywhere([one.end for one in everybody], PORTS)
    names = [one.endpoint.name for one in everybody]
    ours = sum(
        len(PORTS)
        for number, source in enumerate(names)
        for other, destination in enumerate(names)
        if number != other and INSIDE & {source, destination}
    )
    every = {(source, destination, *port) for source in names for destination in names for port in PORTS}
    wanted = {one for one in every if INSIDE & {one[0], one[1]} and (one[0] != one[1] or names.count(one[0]) > 1)}
    assert ours >= len(wanted) > 10 * len(ARROWS)
    until(lambda: arrived(cluster, everybody) == wanted)

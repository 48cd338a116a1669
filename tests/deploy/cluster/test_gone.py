"""What is gone, and what holds: the hub, the edge."""

from __future__ import annotations

from localsite.process import Process
from tests.deploy.cluster.outside import WardPage
from tests.deploy.cluster.player import Cluster
from tests.support.waiting import until

CUT_OFF = "No connection to the message bus: nothing new can arrive."


def test_without_the_hub_the_page_answers_and_says_so(cluster: Cluster, ward_page: WardPage, camera: Process) -> None:
    ward_page.next_level()
    hub = cluster.one("nats-hub")
    cluster.take_away(hub)
    try:
        until(lambda: CUT_OFF in ward_page.look()["banner"])
        assert all(pod.ready for pod in cluster.of("alerts"))
    finally:
        cluster.bring_back(hub)
    until(lambda: CUT_OFF not in ward_page.look()["banner"])
    ward_page.next_level()


def test_an_edge_that_is_killed_comes_back_and_scores(cluster: Cluster, ward_page: WardPage, camera: Process) -> None:
    ward_page.next_level()
    edge = cluster.one("snni-server")
    before = len(edge.restarts)
    cluster.kill(edge)
    until(lambda: len(edge.restarts) > before and edge.ready)
    ward_page.next_level()
    ward_page.next_level()
    assert len(edge.restarts) == before + 1

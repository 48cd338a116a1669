"""deploy/compose run for real: every service ready, and a level of a published face on the ward's page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.cluster import pictures
from tests.deploy.cluster.composed import OURS, Composed
from tests.deploy.cluster.outside import open_page, publishing
from tests.deploy.compose import composed
from tests.support.waiting import until


@pytest.fixture(scope="module")
def machine(able: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    pictures.made({one["image"] for one in composed()["services"].values()})
    with Composed(tmp_path_factory.mktemp("home")) as one:
        yield one


def test_a_home_without_kubernetes_shows_a_level(machine: Composed, tmp_path_factory: pytest.TempPathFactory) -> None:
    for app in OURS:
        until(lambda app=app: machine.ready(app))
    page_trusts = machine.secrets / "veilward-alerts-web/ca.crt"
    camera_trusts = machine.secrets / "veilward-ingest-web/ca.crt"
    with (
        open_page(machine.fabric, machine.link(), page_trusts, tmp_path_factory.mktemp("ward")) as page,
        publishing(machine.fabric, machine.token, camera_trusts, tmp_path_factory.mktemp("camera")),
    ):
        first = page.next_level()
        assert first["level"] in (0, 1, 2, 3)
        assert page.next_level()["level_at"] > first["level_at"]

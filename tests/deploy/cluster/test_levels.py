"""From a camera in its own network to the ward's page in another, through every service and every wall."""

from __future__ import annotations

from localsite.process import Process
from tests.deploy.cluster.outside import WardPage


def test_a_level_of_a_published_face_reaches_the_wards_page(ward_page: WardPage, camera: Process) -> None:
    first = ward_page.next_level()
    assert first["level"] in (0, 1, 2, 3)
    second = ward_page.next_level()
    assert second["level_at"] > first["level_at"]

"""Who is outside, each in a network of their own: cameras that publish, a person before the ward's page.

They know the load balancers' addresses, and have no way to the pods themselves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localsite.process import Process, python
from localsite.service import Service
from tests.deploy.cluster.fabric import OUTSIDE, Fabric
from tests.deploy.cluster.installer import CAMERA, DASHBOARD_ADDRESS, INGEST_ADDRESS, UNROUTED
from tests.support.waiting import until

CAMERA_ADDRESSES, PERSON_ADDRESS = {CAMERA: "192.0.2.20", UNROUTED: "192.0.2.21"}, "198.51.100.21"
INGEST, DASHBOARD = "ingest.veilward.internal", "dashboard.veilward.internal"
WHIP_PORT = 8443
NO_MEDIA = "table inet out { chain out { type filter hook output priority 0; meta l4proto udp drop; }; }"


@dataclass
class WardPage:
    """What a person sees, as tests.deploy.cluster.visitor tells it."""

    visitor: Process

    def seen(self) -> list[dict[str, Any]]:
        """Every look so far, the oldest first."""
        return [one for one in self.visitor.events() if one["event"] == "page"]

    def look(self) -> dict[str, Any]:
        """The next look from now on."""
        before = len(self.seen())

        def found() -> dict[str, Any] | None:
            assert self.visitor.running, self.visitor.log_end()
            return next(iter(self.seen()[before:]), None)

        return until(found)

    def next_level(self) -> dict[str, Any]:
        """A look from now on at a level that was not there yet."""
        before = self.seen()
        known = {None, *(one["level_at"] for one in before)}
        return until(lambda: next((one for one in self.seen()[len(before) :] if one["level_at"] not in known), None))


@contextlib.contextmanager
def open_page(fabric: Fabric, link: str, trusted: Path, directory: Path) -> Iterator[WardPage]:
    """A person who came in by a link, recorded the camera's consent, and looks at the ward's page.

    trusted: the authority of the page's certificate.
    """
    end = fabric.attach("person", PERSON_ADDRESS, {"hosts": f"{DASHBOARD_ADDRESS} {DASHBOARD}\n"}, OUTSIDE)
    command = end.command(*python("tests.deploy.cluster.visitor", f"https://{DASHBOARD}", link, CAMERA))
    with Process("visitor", command, directory / "visitor.log", {"SSL_CERT_FILE": str(trusted)}) as visitor:
        yield WardPage(visitor)


@contextlib.contextmanager
def publishing(
    fabric: Fabric, token: str, trusted: Path, directory: Path, camera: str = CAMERA, *, media: bool = True
) -> Iterator[Process]:
    """The probe before a resident's bed: a drawn face that hurts, over WHIP, again whenever its session ends.

    A busy machine ends sessions too (ingest calls them overloaded). trusted: the authority of ingest's certificate.
    media: whether anything but TCP leaves its network.
    """
    names = {"hosts": f"{INGEST_ADDRESS} {INGEST}\n"}
    end = fabric.attach(f"publisher-{camera}", CAMERA_ADDRESSES[camera], names, OUTSIDE)
    if not media:
        fabric.nft(end, NO_MEDIA)
    file = directory / "token"
    file.write_text(token)
    settings = {"whip_url": f"https://{INGEST}:{WHIP_PORT}/whip/{camera}", "token_file": file, "ca": trusted}
    hurry = {"every_s": 1, "retry_s": 1, "show_s": 600}
    with Service("probe", settings | hurry, directory, launcher=end.command()) as process:
        yield process

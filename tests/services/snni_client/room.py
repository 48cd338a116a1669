"""snni_client as a real process and the buses around it, whoever it computes with; and the crops of its camera."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.service import Service
from localsite.site_file import write_site
from tests.services.snni_client.crops import REF, Crops
from tests.support.networks import grey
from tests.support.waiting import eventually


class Room(Crops):
    """A room of one camera. client: its snni_client, running."""

    def __init__(self, directory: Path, pair: NatsPair, told: Mapping[str, object], crop: str = "48x48x1") -> None:
        """told: with whom it computes, and what else its settings say. crop: the camera's format."""
        super().__init__()
        self.pair = pair
        certificate, key, ca = pair.pki.cert("snni_client")
        write_site(directory / "site.yaml", [REF.camera], REF.site, {REF.camera: crop})
        common: dict[str, object] = {
            "site_file": directory / "site.yaml",
            "plan_hash": grey().plan.plan_hash,
            "certificate": certificate,
            "key": key,
            "ca": ca,
            "heartbeat_s": 0.5,
            "reconnect_max_s": 1.0,
        }
        self.client = Service("snni_client", pair.connection("snni_client") | common | dict(told), directory).start()

    def events(self, name: str) -> list[dict]:
        return [event for event in self.client.events() if event["event"] == name]

    async def ready(self) -> None:
        async def check():
            return self.client.ready() and self.events("made")

        await eventually(check)

    def stop(self) -> None:
        self.client.stop()

"""The real keyframe process."""

from __future__ import annotations

from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.service import Service
from localsite.site_file import ROOM, WARD, write_site
from services.bus.messages import CameraRef

SITE = "keyframe-site"
COLOUR = "224x224x3"


def ref(camera: str, room: str = ROOM) -> CameraRef:
    """Where a camera of the site hangs."""
    return CameraRef(site=SITE, ward=WARD, room=room, camera=camera)


class KeyframeProcess(Service):
    """A keyframe for cameras by crop format."""

    def __init__(self, directory: Path, pair: NatsPair, crops: dict[str, str], **settings: object) -> None:
        site_file = directory / "site.yaml"
        write_site(site_file, crops, SITE, crops)
        self.free = [camera for camera, crop in crops.items() if crop == COLOUR]
        super().__init__("keyframe", pair.connection("keyframe") | {"site_file": site_file} | settings, directory)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of veilward_keyframe_<name> over the series with these labels."""
        total = 0.0
        for line in self.get("/metrics").splitlines():
            series, _, value = line.rpartition(" ")
            wanted = all(f'{key}="{text}"' in series for key, text in labels.items())
            if series.split("{")[0] == f"veilward_keyframe_{name}" and wanted:
                total += float(value)
        return total

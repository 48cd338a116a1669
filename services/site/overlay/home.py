"""A home as its overlay sees it: the site's file, its installation, and which device serves which rooms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.site.errors import SiteError
from services.site.file import load_home
from services.site.installation import Device, DeviceId, Installation
from services.site.records import Site

ZONES = ("room", "edge", "ward")
"""Names of namespaces that no device can have."""


@dataclass(frozen=True)
class Home:
    """path: of its file. content: the file as it stands, which its services get in parts."""

    path: Path
    site: Site
    installation: Installation
    content: dict[str, Any]

    @property
    def rooms(self) -> tuple[str, ...]:
        """Ids, in the file's order."""
        return tuple(room.id for ward in self.site.wards for room in ward.rooms)

    def devices(self) -> tuple[Device, ...]:
        """Every device with its rooms, in the order of its first room. Raises SiteError."""
        named = [one.model_copy(update={"rooms": one.rooms or (one.id,)}) for one in self.installation.devices]
        taken = [room for device in named for room in device.rooms]
        for room in taken:
            if room not in self.rooms or taken.count(room) > 1:
                why = "is in two devices" if room in self.rooms else "is not in the site"
                raise SiteError(self.path, "installation.devices", f"the room {room} {why}")
        own = [Device(id=self._device_id(room), rooms=(room,)) for room in self.rooms if room not in taken]
        found = sorted([*named, *own], key=lambda device: min(self.rooms.index(room) for room in device.rooms))
        ids = [device.id for device in found]
        for one in ids:
            if one in ZONES or ids.count(one) > 1:
                why = "is a zone's name" if one in ZONES else "occurs twice"
                raise SiteError(self.path, "installation.devices", f"the device {one} {why}")
        return tuple(found)

    def only_device(self) -> Device:
        """The one that serves every room. Raises SiteError: there are several."""
        if not self.installation.devices:
            return Device(id="room-1", rooms=self.rooms)
        found = self.devices()
        if len(found) > 1:
            names = ", ".join(device.id for device in found)
            reason = f"one node is one device, and these are {names}: name one with all rooms, or make care-home"
            raise SiteError(self.path, "installation.devices", reason)
        return found[0]

    def test_camera(self, rooms: tuple[str, ...]) -> str | None:
        """Id of the camera by which the probe shows a face, where one of these rooms is a test room."""
        return next((one.camera for one in self.site.test_cameras if one.room in rooms), None)

    def part(self, rooms: tuple[str, ...]) -> dict[str, Any]:
        """The site's file for services: these rooms, and nothing of machines and networks."""
        wards = [
            ward | {"rooms": [room for room in ward["rooms"] if room["id"] in rooms]} for ward in self.content["wards"]
        ]
        kept = {key: value for key, value in self.content.items() if key != "installation"}
        return kept | {"wards": [ward for ward in wards if ward["rooms"]]}

    def _device_id(self, room: str) -> str:
        try:
            return TypeAdapter(DeviceId).validate_python(room)
        except ValidationError:
            reason = f"the room {room} cannot name a namespace, with a hyphen at its end: name a device for it"
            raise SiteError(self.path, "installation.devices", reason) from None


def read_home(path: Path) -> Home:
    """A home. Raises SiteError."""
    site, installation, content = load_home(path)
    if installation is None:
        raise SiteError(
            path, "installation", "is needed for an overlay: services/site/installation.py says what it holds"
        )
    return Home(path, site, installation, content)

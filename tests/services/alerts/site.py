"""A site of one ward for tests: its file, its rooms and cameras."""

from __future__ import annotations

from pathlib import Path

from services.bus.messages import CameraRef
from services.site.file import load_site
from services.site.records import Site

ROOMS = {
    "room-1": "Room 1",
    "room-2": "Room 2",
    "room-3": "Room 3",
    "room-4": "Room 4",
    "room-5": "Room 5",
    "room-6": "Room 6",
    "room-7": "Room 7",
    "room-8": "Room 8",
    "room-9": "Room 9",
}


def site_file(directory: Path, rooms: dict[str, str] = ROOMS) -> Path:
    """Write a site of one ward, one camera a room (cam-<room>), two in room-2."""
    lines = ["site: home", "wards:", "  - id: ward-1", "    name: Garden ward", "    rooms:"]
    for room, name in rooms.items():
        lines += [f"      - id: {room}", f"        name: {name}", "        cameras:"]
        for camera, label in [(f"cam-{room}", "Bed")] + ([("cam-chair", "Armchair")] if room == "room-2" else []):
            lines += [
                f"          - id: {camera}",
                f"            name: {label}",
                f"            token_sha256: {'a' * 64}",
            ]
    path = directory / "site.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def make_site(directory: Path, rooms: dict[str, str] = ROOMS) -> Site:
    return load_site(site_file(directory, rooms))


def ref(room: str, camera: str | None = None) -> CameraRef:
    return CameraRef(site="home", ward="ward-1", room=room, camera=camera or f"cam-{room}")

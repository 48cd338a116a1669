"""A site file for one machine: one ward with one room, and cameras with fresh tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

SITE, WARD, ROOM = "demo", "ward-1", "room-1"


def write_site(
    path: Path,
    cameras: Iterable[str],
    site: str = SITE,
    crops: Mapping[str, str] | None = None,
    more: Mapping[str, Mapping[str, object]] | None = None,
) -> dict[str, str]:
    """Write the file; the cameras' tokens by id. The file has only the tokens' SHA-256.

    crops: crop formats of those cameras that differ from the default. more: further keys of cameras; one that has an
    `rtsp` among them has no token in the file.
    """
    tokens = {camera: secrets.token_hex(24) for camera in cameras}
    entries: list[dict[str, object]] = []
    for camera, token in tokens.items():
        entry: dict[str, object] = {"id": camera, "name": "Above the bed"}
        entry |= {"crop": crops[camera]} if crops and camera in crops else {}
        entry |= (more or {}).get(camera, {})
        if "rtsp" not in entry:
            entry["token_sha256"] = hashlib.sha256(token.encode()).hexdigest()
        entries.append(entry)
    room = {"id": ROOM, "name": "Room 1", "cameras": entries}
    path.write_text(yaml.safe_dump({"site": site, "wards": [{"id": WARD, "name": "Demo ward", "rooms": [room]}]}))
    return tokens

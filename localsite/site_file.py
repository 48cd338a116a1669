"""A site file for one machine: one ward with one room, and cameras with fresh tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

SITE, WARD, ROOM = "demo", "ward-1", "room-1"
TEST_ROOM, PROBE = "test-1", "probe"


def write_site(
    path: Path,
    cameras: Iterable[str],
    site: str = SITE,
    crops: Mapping[str, str] | None = None,
    more: Mapping[str, Mapping[str, object]] | None = None,
    probe: str | None = None,
) -> dict[str, str]:
    """Write the file; the cameras' tokens by id. The file has only the tokens' SHA-256.

    crops: crop formats of those cameras that differ from the default. more: further keys of cameras; one that has
    `rtsp` or `whep` among them has no token in the file. probe: the crop format of the camera PROBE in a test room;
    none without.
    """
    tokens = {camera: secrets.token_hex(24) for camera in cameras}
    entries: list[dict[str, object]] = []
    for camera, token in tokens.items():
        entry: dict[str, object] = {"id": camera, "name": "Above the bed"}
        entry |= {"crop": crops[camera]} if crops and camera in crops else {}
        entry |= (more or {}).get(camera, {})
        if not {"rtsp", "whep"} & entry.keys():
            entry["token_sha256"] = _hash(token)
        entries.append(entry)
    rooms: list[dict[str, object]] = [{"id": ROOM, "name": "Room 1", "cameras": entries}]
    if probe is not None:
        tokens[PROBE] = secrets.token_hex(24)
        virtual = {"id": PROBE, "name": "Virtual camera", "crop": probe, "token_sha256": _hash(tokens[PROBE])}
        rooms.append({"id": TEST_ROOM, "name": "Test room", "test": True, "cameras": [virtual]})
    path.write_text(yaml.safe_dump({"site": site, "wards": [{"id": WARD, "name": "Demo ward", "rooms": rooms}]}))
    return tokens


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

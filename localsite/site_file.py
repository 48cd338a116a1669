"""A site file for one machine: one ward with one room, and cameras with fresh tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

SITE, WARD, ROOM = "demo", "ward-1", "room-1"


def write_site(
    path: Path, cameras: Iterable[str], site: str = SITE, crops: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Write the file; the cameras' tokens by id. The file has only the tokens' SHA-256.

    crops: crop formats of those cameras that differ from the default.
    """
    tokens = {camera: secrets.token_hex(24) for camera in cameras}
    entries = [
        {"id": camera, "name": "Above the bed", "token_sha256": hashlib.sha256(token.encode()).hexdigest()}
        | ({"crop": crops[camera]} if crops and camera in crops else {})
        for camera, token in tokens.items()
    ]
    room = {"id": ROOM, "name": "Room 1", "cameras": entries}
    path.write_text(yaml.safe_dump({"site": site, "wards": [{"id": WARD, "name": "Demo ward", "rooms": [room]}]}))
    return tokens

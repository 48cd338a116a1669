"""A site of throw-away cameras for tests."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import yaml


def write_site(path: Path, cameras: tuple[str, ...], site: str = "test-site") -> dict[str, str]:
    """Write a site file with these cameras, all in one room; their tokens by camera."""
    tokens = {camera: secrets.token_hex(24) for camera in cameras}
    entries = [
        {"id": camera, "name": camera, "token_sha256": hashlib.sha256(token.encode()).hexdigest()}
        for camera, token in tokens.items()
    ]
    room = {"id": "room-1", "name": "Room 1", "cameras": entries}
    content = {"site": site, "wards": [{"id": "ward-1", "name": "Ward 1", "rooms": [room]}]}
    path.write_text(yaml.safe_dump(content))
    return tokens

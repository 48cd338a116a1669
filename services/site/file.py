"""Reads site.yaml: the site, its wards, rooms and cameras, and the hash of each camera's token.

    site: haus-am-see
    wards:
      - id: ward-1
        name: Ground floor
        rooms:
          - id: room-7
            name: Room 7
            cameras:
              - id: cam-7a                   # unique in the site
                name: Above the bed
                token_sha256: <64 hex digits>  # SHA-256 of the camera's bearer token
                crop: 224x224x3-close        # what the network takes; or 224x224x3 (the default), 48x48x1
              - id: cam-7b
                name: Beside the bed
                rtsp:                        # instead of a token: ingest fetches the video
                  url: rtsp://10.0.7.12/stream2  # or rtsps; a login has a file of its own, never a place here
                  transport: tcp             # or udp
                # or whep: {url: https://10.0.7.12/whep}; a token has a file of its own
                sight:                       # what is drawn on its upright picture, in fractions of width and height
                  drawn_on: 1280x720         # the picture's size then; a picture of another shape is not published
                  masks:                     # black in everything that is published
                    - [[0, 0], [0.3, 0], [0.3, 0.5], [0, 0.5]]
                  bed: [[0.4, 0.4], [0.9, 0.4], [0.9, 1], [0.4, 1]]  # faces outside it are not scored
                shutter: closed              # nothing is published
          - id: test-1                       # a room of nobody: its id begins with test-, and both lines are needed
            name: Test room
            test: true                       # drawn faces are shown there, and no level of it reaches the ward as pain
            cameras: [{id: probe, name: Virtual camera, token_sha256: <64 hex digits>}]
    installation: ...                        # machines and networks, of which services know nothing: installation.py

Names are for people and stay in the ward; ids are subject tokens. Nothing here names a resident.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from services.bus.models import Token
from services.site.errors import SiteError
from services.site.installation import Installation
from services.site.records import Entry, Site, Ward

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_REASON_CHARS = 120


class _File(Entry):
    site: Token
    wards: list[Ward] = Field(min_length=1)
    installation: Installation | None = None


class _KeyTwice(yaml.constructor.ConstructorError):
    """A mapping names a key twice: YAML forbids it, the parser would silently take the last."""


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise _KeyTwice(None, None, f"the key {key.value[:32]} stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def load_site(path: Path) -> Site:
    """Read and check a site file.

    Raises:
        SiteError: naming the file and the key; no token or hash is quoted.
    """
    site, _ = _load(path, _mapping(path))
    return site


def load_home(path: Path) -> tuple[Site, Installation | None, dict[str, Any]]:
    """A site file with what it says of machines and networks, and the whole as it stands there. Raises SiteError."""
    content = _mapping(path)
    return *_load(path, content), content


def _load(path: Path, content: dict[str, Any]) -> tuple[Site, Installation | None]:
    parsed = _parse(path, content)
    site = Site(parsed.site, tuple(parsed.wards))
    _check_unique(path, site)
    return site, parsed.installation


def _mapping(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SiteError(path, "file", f"more than {MAX_FILE_BYTES} bytes")
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise SiteError(path, "file", error.strerror or "unreadable") from None
    except UnicodeDecodeError:
        raise SiteError(path, "file", "not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or error)[:MAX_REASON_CHARS]
        reason = problem if isinstance(error, _KeyTwice) else f"not YAML of one document: {problem}"
        raise SiteError(path, f"line {mark.line + 1}" if mark else "file", reason) from None
    except RecursionError:
        raise SiteError(path, "file", "nested too deeply") from None
    if not isinstance(content, dict):
        raise SiteError(path, "file", "not a mapping with the keys site and wards")
    return content


def _parse(path: Path, content: dict[str, Any]) -> _File:
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in problem["loc"]) or "file"
        quote = "; put it in quotes" if problem["type"] == "string_type" else ""
        raise SiteError(path, key, problem["msg"] + quote) from None


def _check_unique(path: Path, site: Site) -> None:
    wards = [ward.id for ward in site.wards]
    rooms = [room.id for ward in site.wards for room in ward.rooms]
    cameras = [camera.id for _, _, camera in site.walk()]
    for kind, ids in (("wards", wards), ("rooms", rooms), ("cameras", cameras)):
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice is not None:
            raise SiteError(path, kind, f"the id {twice} occurs twice")

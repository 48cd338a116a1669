"""Every reason for which a camera may be offline stands on the installer's page, with what to look at."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from services.ingest.sources.pulling import errors as pulling
from services.ingest.sources.rtsp import errors as rtsp
from services.ingest.sources.whep import errors as whep
from tests.docs.pages import ROOT, section

INGEST = ROOT / "services" / "ingest"
WHIP = INGEST / "sources" / "whip"
PUBLISHED = (
    INGEST / "camera_state.py",
    INGEST / "sources" / "webrtc" / "reception.py",
    WHIP / "sessions.py",
    WHIP / "session_table.py",
    WHIP / "endpoint.py",
)
"""Where sessions of WHIP end."""
CAMERAS = re.split(r"^### (.+)$", section("docs/installer.md", "Cameras"), flags=re.M)
PARTS = dict(zip(["", *CAMERAS[1::2]], CAMERAS[0::2], strict=True))
"""The page's cameras by headings; what stands before the first one is of those that publish."""


def listed(part: str) -> set[str]:
    """The reasons in the table of a part."""
    return {word for row in re.findall(r"^\| (`[^|]+) \|", PARTS[part], re.M) for word in re.findall(r"`(\w+)`", row)}


def ends(path: Path) -> Iterator[str]:
    """The words with which a file ends sessions: in calls that do or note it, and where a reason is set."""
    for node in ast.walk(ast.parse(path.read_text())):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr
        given = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("why", "self._reason")
        for one in ast.walk(node) if called in ("end", "_ended", "append") or given else ():
            if isinstance(one, ast.Constant) and re.fullmatch(r"[a-z]+(_[a-z]+)*", str(one.value)):
                yield str(one.value)


def test_of_cameras_that_publish() -> None:
    assert listed("") == {word for path in PUBLISHED for word in ends(path)}


@pytest.mark.parametrize(("part", "own"), [("Cameras that speak RTSP", rtsp), ("Cameras that speak WHEP", whep)])
def test_of_cameras_that_are_fetched(part: str, own: ModuleType) -> None:
    known = [one for kinds in (pulling, own) for one in vars(kinds).values()]
    reasons = {one.why for one in known if isinstance(one, type) and issubclass(one, pulling.PullError)}
    assert len(reasons) > 10
    assert reasons - {pulling.PullError.why} <= listed(part)
    assert listed(part) <= reasons | {"overloaded", "unusable"}

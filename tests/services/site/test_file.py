"""site.yaml: what loads, and how what is wrong is named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.site.errors import SiteError
from services.site.file import load_site
from services.site.records import Site

TOKEN = "a-token-of-a-camera"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
GOOD = f"""
site: haus
wards:
  - id: ward-1
    name: Ground floor
    rooms:
      - id: room-7
        name: Room 7
        cameras:
          - {{id: cam-7a, name: Bed, token_sha256: {HASH}}}
          - {{id: cam-7b, name: Chair, token_sha256: "{"0" * 64}", crop: 48x48x1}}
"""


def load(tmp_path: Path, text: str) -> Site:
    """Load a site file with this text."""
    path = tmp_path / "site.yaml"
    path.write_text(text)
    return load_site(path)


def test_cameras_are_found_by_id(tmp_path: Path) -> None:
    site = load(tmp_path, GOOD)
    assert site.camera_ids == ("cam-7a", "cam-7b")
    assert site.camera("cam-7a").model_dump() == {
        "site": "haus",
        "ward": "ward-1",
        "room": "room-7",
        "camera": "cam-7a",
    }
    assert site.entry("cam-7a").crop == "224x224x3"
    assert site.entry("cam-7b").crop == "48x48x1"
    with pytest.raises(KeyError):
        site.camera("cam-9")


def test_tokens(tmp_path: Path) -> None:
    site = load(tmp_path, GOOD)
    assert site.token_matches("cam-7a", TOKEN)
    assert not site.token_matches("cam-7a", TOKEN + "x")
    assert not site.token_matches("cam-7b", TOKEN)
    assert not site.token_matches("cam-9", TOKEN)
    assert not site.token_matches("cam-9", "")


TEST_ROOMS = f"""
      - {{id: test-1, name: Test, test: true, cameras: [{{id: probe, name: P, token_sha256: {HASH}}}]}}
  - id: ward-2
    name: Nobody's
    rooms:
      - {{id: test-2, name: Test, test: true, cameras: [{{id: probe-2, name: P, token_sha256: {HASH}}}]}}
"""


def test_the_ward_looks_after_all_but_test_rooms(tmp_path: Path) -> None:
    site = load(tmp_path, GOOD.rstrip() + TEST_ROOMS)
    assert site.camera_ids == ("cam-7a", "cam-7b", "probe", "probe-2"), "rooms serve them as any other"
    assert [(one.ward, one.camera) for one in site.test_cameras] == [("ward-1", "probe"), ("ward-2", "probe-2")]
    assert site.looked_after.camera_ids == ("cam-7a", "cam-7b")
    assert [ward.id for ward in site.looked_after.wards] == ["ward-1"]
    assert site.looked_after.test_cameras == ()


def test_a_hash_may_be_written_in_capitals(tmp_path: Path) -> None:
    site = load(tmp_path, GOOD.replace(HASH, HASH.upper()))
    assert HASH.upper() != HASH
    assert site.token_matches("cam-7a", TOKEN)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (GOOD.replace("site: haus", "place: haus"), "site"),
        (GOOD.replace("id: ward-1", "id: Ward 1"), "wards.0.id"),
        (GOOD.replace("id: cam-7b", "id: cam-7a"), "cameras"),
        (GOOD.replace("0" * 64, "0" * 63), "wards.0.rooms.0.cameras.1.token_sha256"),
        (GOOD.replace("48x48x1", "47x47x1"), "wards.0.rooms.0.cameras.1.crop"),
        (GOOD.replace("48x48x1", "48x48x1-close"), "wards.0.rooms.0.cameras.1.crop"),
        (GOOD.replace("name: Room 7", "resident: Erna"), "wards.0.rooms.0.name"),
        (GOOD + "secret: 1\n", "secret"),
        ("- a\n- b\n", "file"),
        ("site: [", "line 1"),
        (GOOD + "site: other\n", "line 12"),
        (GOOD.replace("name: Room 7", "name: Room 7\n        name: Room 8"), "line 9"),
        (GOOD.replace("crop: 48x48x1", "crop: 48x48x1, crop: 224x224x3"), "line 11"),
        ("site: haus\nwards: []\n", "wards"),
        ("a: " + "[" * 5000, "file: nested too deeply"),
        (GOOD + "---\n" + GOOD, "line 12: not YAML of one document: but found another document"),
        (GOOD.replace("name: Room 7", "name: !env ROOM"), "line 8: not YAML of one document: could not determine"),
        (GOOD.replace("name: Room 7", "name: 7"), "wards.0.rooms.0.name: Input should be a valid string; put it in"),
        (GOOD.replace("id: room-7", "id: 0123"), "wards.0.rooms.0.id: Input should be a valid string; put it in"),
        (GOOD.replace("name: Room 7", 'name: "Room\\n7"'), "wards.0.rooms.0.name"),
        (GOOD.replace("name: Room 7", 'name: " "'), "wards.0.rooms.0.name"),
        (GOOD.replace("id: room-7", "id: test-7"), "wards.0.rooms.0: Value error, a test room"),
        (GOOD.replace("name: Room 7", "name: Room 7\n        test: true"), "wards.0.rooms.0: Value error, a test room"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(SiteError) as caught:
        load(tmp_path, text)
    assert f"{caught.value.key}: {caught.value.reason}".startswith(key)
    assert "site.yaml" in str(caught.value)
    assert "Erna" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SiteError) as caught:
        load_site(tmp_path / "none.yaml")
    assert caught.value.key == "file"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('whep: {url: "https://10.0.7.12:8443/live/whep"}', None),
        ('whep: {url: "https://[2001:db8::7]/whep?profile=2"}', None),
        ('whep: {url: "https://10.0.7.12:65535/whep"}', None),
        ('whep: {url: "https://10.0.7.12:65536/whep"}', "whep.url: Value error, a port is a number from 1 to 65535"),
        ('rtsp: {url: "rtsp://10.0.7.12:0/a"}', "rtsp.url: Value error, a port is a number from 1 to 65535"),
        ('rtsp: {url: "rtsp://[2001:db8::7]:99999/a"}', "rtsp.url: Value error, a port is a number"),
        ('rtsp: {url: "rtsp://[::::]/a"}', "rtsp.url: Value error, what stands in brackets is no IPv6 address"),
        ('rtsp: {url: "rtsp://[10.0.7.12]/a"}', "rtsp.url: Value error, what stands in brackets is no IPv6 address"),
        ('whep: {url: "http://10.0.7.12/whep"}', "whep.url"),
        ('whep: {url: "https://user:hidden@10.0.7.12/whep"}', "whep.url"),
        ('whep: {url: "https://10.0.7.12/whep?token=hidden"}', "whep"),
        ('whep: {url: "https://10.0.7.12/whep"}, rtsp: {url: "rtsp://10.0.7.12/"}', "cameras.1"),
    ],
)
def test_where_a_camera_is_asked_by_whep(tmp_path: Path, entry: str, fault: str | None) -> None:
    text = GOOD.replace(f'token_sha256: "{"0" * 64}", crop: 48x48x1', entry)
    if fault is None:
        assert load(tmp_path, text).entry("cam-7b").whep is not None
        return
    with pytest.raises(SiteError) as caught:
        load(tmp_path, text)
    assert fault in str(caught.value)
    assert "hidden" not in str(caught.value)

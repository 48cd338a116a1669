"""`./run overlay`: what it writes, what it refuses, and what it says of a site that cannot be deployed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.site.file import load_site
from services.site.overlay.__main__ import main
from services.site.overlay.overlay import KINDS

SITE = {
    "site": "haus",
    "wards": [
        {
            "id": ward,
            "name": ward,
            "rooms": [
                {"id": room, "name": room, "cameras": [{"id": f"cam-{room}", "name": "Bed", "token_sha256": "0" * 64}]}
                for room in rooms
            ],
        }
        for ward, rooms in (("w1", ("r1", "r2")), ("w2", ("r3",)))
    ],
    "installation": {
        "registry": "registry.example.org",
        "plan_hash": "a" * 64,
        "cameras": ["192.0.2.0/24"],
        "screens": ["198.51.100.0/24"],
    },
}
EDGE = {"host": "edge.example.org", "blocks": ["203.0.113.64/28"], "homes": ["203.0.113.1/32"]}


def write(tmp_path: Path, **installation: object) -> Path:
    """A site's file with these in its installation; None takes a key away."""
    path = tmp_path / "home.yaml"
    said = {key: value for key, value in (SITE["installation"] | installation).items() if value is not None}
    path.write_text(yaml.safe_dump(SITE | {"installation": said}))
    return path


def make(kind: str, site: Path, directory: Path, *more: str) -> dict[str, str]:
    """What was written."""
    assert main([kind, str(site), str(directory), *more]) == 0
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What it says instead of writing."""
    assert main([str(one) for one in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("overlay: ") and said.count("\n") == 1
    return said


def test_a_device_that_nobody_names_is_its_rooms_own(tmp_path: Path) -> None:
    files = make("care-home", write(tmp_path, devices=[{"id": "d", "rooms": ["r3", "r1"]}]), tmp_path / "out")
    assert {name.split("/")[0] for name in files if name.endswith("leaf.conf")} == {"d", "r2"}
    cameras = {name: load_site(tmp_path / "out" / name / "site.yaml").camera_ids for name in ("d", "r2", "ward")}
    assert cameras == {"d": ("cam-r1", "cam-r3"), "r2": ("cam-r2",), "ward": ("cam-r1", "cam-r2", "cam-r3")}
    assert "installation" not in "".join(text for name, text in files.items() if name.endswith("site.yaml"))


def test_a_folder_that_cannot_be_made_is_named_and_one_that_was_is_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write(tmp_path)
    assert str(site) in refused(capsys, "single-node", site, site / "out")
    files = make("single-node", site, tmp_path / "out")
    assert f"{tmp_path}/out: {len(files)} files" in capsys.readouterr().out


def test_one_machine_takes_every_room(tmp_path: Path) -> None:
    make("single-node", write(tmp_path), tmp_path / "out")
    assert load_site(tmp_path / "out/room/site.yaml").camera_ids == ("cam-r1", "cam-r2", "cam-r3")


@pytest.mark.parametrize("kind", KINDS)
def test_it_writes_the_same_bytes_each_time_and_nothing_over_what_differs(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, out = write(tmp_path, edge=EDGE), tmp_path / "out"
    files = make(kind, site, out)
    assert make(kind, site, out) == files
    changed = next(out.rglob("leaf.conf"))
    changed.write_text("mine")
    name = str(changed.relative_to(out))
    assert name in refused(capsys, kind, site, out)
    assert changed.read_text() == "mine"
    assert make(kind, site, out, "--force") == files


def test_devices_that_went_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    make("care-home", write(tmp_path), out)
    make("care-home", write(tmp_path, devices=[{"id": "r1", "rooms": ["r1", "r2"]}]), out, "--force")
    assert f"{out / 'r2'} is of no device any more" in capsys.readouterr().err
    assert "r2" not in yaml.safe_load((out / "kustomization.yaml").read_text())["resources"]


def test_without_receivers_alerts_reaches_nothing_outside(tmp_path: Path) -> None:
    with_none = make("care-home", write(tmp_path), tmp_path / "none")["ward/kustomization.yaml"]
    assert "$patch: delete" in with_none
    receivers = [{"block": "203.0.113.80/32"}, {"block": "2001:db8::/64", "port": 8883}]
    some = make("care-home", write(tmp_path, receivers=receivers), tmp_path / "some")["ward/kustomization.yaml"]
    assert "$patch" not in some and "2001:db8::/64" in some and "8883" in some


@pytest.mark.parametrize(
    ("installation", "said"),
    [
        ({"devices": [{"id": "edge", "rooms": ["r1"]}]}, "the device edge is a zone's name"),
        ({"devices": [{"id": "r2", "rooms": ["r1"]}]}, "the device r2 occurs twice"),
        ({"devices": [{"id": "d", "rooms": ["r9"]}]}, "the room r9 is not in the site"),
        ({"devices": [{"id": "d", "rooms": ["r1", "r1"]}]}, "the room r1 is in two devices"),
        ({"devices": [{"id": "D"}]}, "installation.devices.0.id"),
        ({"cameras": ["192.0.2.1/24"]}, "installation.cameras.0"),
        ({"cameras": []}, "installation.cameras"),
        ({"registry": "veilward"}, "installation.registry"),
        ({"plan_hash": None}, "installation.plan_hash"),
        ({"colour": "red"}, "installation.colour"),
    ],
)
def test_what_is_wrong_is_named(
    installation: dict[str, object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(capsys, "care-home", write(tmp_path, **installation), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_room_that_cannot_name_a_namespace_needs_a_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text().replace("id: r1", "id: r1-"))
    assert "the room r1- cannot name a namespace" in refused(capsys, "care-home", path, tmp_path / "out")


def test_what_a_kind_needs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert "installation.edge" in refused(capsys, "cloud-edge", write(tmp_path), out)
    two = write(tmp_path, devices=[{"id": "r1"}])
    assert "r1, r2, r3" in refused(capsys, "single-node", two, out)
    alone = tmp_path / "alone.yaml"
    alone.write_text(yaml.safe_dump({key: value for key, value in SITE.items() if key != "installation"}))
    assert "installation: is needed" in refused(capsys, "care-home", alone, out)
    assert "is not deploy/k8s" in refused(capsys, "care-home", two, out, "--base", tmp_path)
    assert "No such file" in refused(capsys, "care-home", tmp_path / "none.yaml", out)


def test_help_says_what_the_kinds_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(kind in said for kind in KINDS)

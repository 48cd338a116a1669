"""What the doctor says of site.yaml: cameras that nothing tells apart are told, without their tokens and addresses."""

from __future__ import annotations

from pathlib import Path

import yaml

from localsite.site_file import write_site
from services.runtime.doctor.finding import Verdict
from services.site.examination import site_file

RTSP = {"rtsp": {"url": "rtsp://10.0.7.12/stream2"}}


async def test_cameras_of_their_own_are_well(tmp_path: Path) -> None:
    write_site(tmp_path / "site.yaml", ("cam-1", "cam-2", "cam-3"), more={"cam-3": RTSP})
    assert [one.verdict for one in await site_file(tmp_path / "site.yaml")] == [Verdict.OK]


async def test_cameras_of_one_token_or_address_are_told(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    write_site(path, ("cam-1", "cam-2", "cam-3", "cam-4", "cam-5"), more={"cam-4": RTSP, "cam-5": RTSP})
    site = yaml.safe_load(path.read_text())
    cameras = site["wards"][0]["rooms"][0]["cameras"]
    cameras[2]["token_sha256"] = cameras[0]["token_sha256"]
    path.write_text(yaml.safe_dump(site))
    _, *told = await site_file(path)
    assert [one.verdict for one in told] == [Verdict.WARN] * 2
    assert [one.said.partition(" have")[0] for one in told] == ["cam-1, cam-3", "cam-4, cam-5"]
    assert not any(cameras[0]["token_sha256"] in one.said or "10.0.7.12" in one.said for one in told)

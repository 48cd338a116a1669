"""A camera's token opens its own camera, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from localsite.site_file import write_site
from services.ingest.sources.whip.errors import Forbidden, NotFound, Unauthorised
from services.ingest.sources.whip.token import check_token
from services.site.file import load_site
from services.site.records import Site


@pytest.fixture(name="tokens")
def _tokens(tmp_path: Path) -> dict[str, str]:
    return write_site(tmp_path / "site.yaml", ("cam-1", "cam-2"))


@pytest.fixture(name="site")
def _site(tmp_path: Path, tokens: dict[str, str]) -> Site:
    return load_site(tmp_path / "site.yaml")


def test_the_cameras_own_token_is_good(site: Site, tokens: dict[str, str]) -> None:
    check_token(site, "cam-1", f"Bearer {tokens['cam-1']}")
    check_token(site, "cam-2", f"bearer  {tokens['cam-2']}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer a b", "Bearer wrong"])
@pytest.mark.parametrize("camera", ["cam-1", "cam-9"])
def test_strangers_are_challenged(site: Site, header: str | None, camera: str) -> None:
    with pytest.raises(Unauthorised) as caught:
        check_token(site, camera, header)
    assert caught.value.headers["WWW-Authenticate"].startswith('Bearer realm="whip"')


def test_another_cameras_token(site: Site, tokens: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        check_token(site, "cam-2", f"Bearer {tokens['cam-1']}")
    with pytest.raises(NotFound):
        check_token(site, "cam-9", f"Bearer {tokens['cam-1']}")

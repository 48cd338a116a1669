"""Tokens and rates."""

from __future__ import annotations

from pathlib import Path

import pytest

from localsite.site_file import write_site
from services.ingest.sources.whip.access import check_access
from services.ingest.sources.whip.errors import Forbidden, NotFound, TooManyRequests, Unauthorised
from services.ingest.sources.whip.limits import MAX_KEYS, Rate, RateLimit
from services.site.file import load_site
from services.site.records import Site


@pytest.fixture(name="tokens")
def _tokens(tmp_path: Path) -> dict[str, str]:
    return write_site(tmp_path / "site.yaml", ("cam-1", "cam-2"))


@pytest.fixture(name="site")
def _site(tmp_path: Path, tokens: dict[str, str]) -> Site:
    return load_site(tmp_path / "site.yaml")


def test_the_cameras_own_token_is_good(site: Site, tokens: dict[str, str]) -> None:
    check_access(site, "cam-1", f"Bearer {tokens['cam-1']}")
    check_access(site, "cam-2", f"bearer  {tokens['cam-2']}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer a b", "Bearer wrong"])
@pytest.mark.parametrize("camera", ["cam-1", "cam-9"])
def test_strangers_are_challenged(site: Site, header: str | None, camera: str) -> None:
    with pytest.raises(Unauthorised) as caught:
        check_access(site, camera, header)
    assert caught.value.headers["WWW-Authenticate"].startswith('Bearer realm="whip"')


def test_another_cameras_token(site: Site, tokens: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        check_access(site, "cam-2", f"Bearer {tokens['cam-1']}")
    with pytest.raises(NotFound):
        check_access(site, "cam-9", f"Bearer {tokens['cam-1']}")


def test_a_burst_then_a_rate() -> None:
    limit = RateLimit(Rate(burst=3, per_s=0.5))
    for _ in range(3):
        limit.take("a", 10.0)
    with pytest.raises(TooManyRequests) as caught:
        limit.take("a", 10.0)
    assert caught.value.headers["Retry-After"] == "2"
    limit.take("b", 10.0)
    limit.take("a", 12.0)
    with pytest.raises(TooManyRequests):
        limit.take("a", 12.5)


def test_refused_requests_do_not_push_the_wait_back() -> None:
    limit = RateLimit(Rate(burst=1, per_s=1.0))
    limit.take("a", 0.0)
    for step in range(1, 10):
        with pytest.raises(TooManyRequests):
            limit.take("a", step / 10)
    limit.take("a", 1.01)


def test_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    limit = RateLimit(Rate(burst=1, per_s=0.001))
    limit.take("first", 0.0)
    for number in range(MAX_KEYS):
        limit.take(f"key-{number}", 0.0)
    limit.take("first", 0.0)
    with pytest.raises(TooManyRequests):
        limit.take(f"key-{MAX_KEYS - 1}", 0.0)


@pytest.mark.parametrize("rate", [Rate(0, 1.0), Rate(1, 0.0)])
def test_rates_without_sense(rate: Rate) -> None:
    with pytest.raises(ValueError, match="at least"):
        RateLimit(rate)

"""The page over real HTTP: whole by itself, guarded, and told of where it cannot be drawn."""

import pytest

from services.alerts.dashboard.request_guard import POLICY
from tests.services.alerts.dashboard.over_http import Site, ack
from tests.services.alerts.page import browser
from tests.support.waiting import eventually


async def test_the_first_page_is_whole_without_scripts(site: Site) -> None:
    bench, _, client = site
    await bench.raised("room-3", 3)
    for path in ("/", "/ward/ward-1"):
        html = (await client.get(path)).raise_for_status().text
        assert html.index('id="room-room-3"') < html.index('id="room-room-1"')
        assert "Severe" in html
        assert "Not assessed" in html
        assert '<form class="ack" method="post"' in html
        assert 'aria-live="assertive"' in html
        assert "http://" not in html.replace("http://www.w3.org", "")
        assert "https://" not in html
    assert (await client.get("/ward/nowhere")).status_code == 404


async def test_everything_the_page_loads_comes_with_the_package(site: Site) -> None:
    _, _, client = site
    for path, kind in (
        ("ward.css", "text/css"),
        ("people.css", "text/css"),
        ("print.css", "text/css"),
        ("ward.js", "text/javascript"),
        ("clock.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
    ):
        answer = (await client.get(f"/static/{path}")).raise_for_status()
        assert answer.headers["content-type"].startswith(kind)
        assert "//" not in answer.text.replace("http://www.w3.org", "").replace("// ", "").replace("//\n", "")


@pytest.mark.parametrize("path", ["/", "/static/ward.js", "/api/v1/alerts", "/nowhere"])
async def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    headers = (await site[2].get(path)).headers
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


async def test_a_strange_host_is_refused(site: Site) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1"):
        assert (await site[2].get("/", headers={"Host": host})).status_code in (400, 421)
    assert (await site[2].get("/", headers={"Host": "127.0.0.1:1"})).status_code == 200


async def test_a_post_from_another_site_is_refused(site: Site) -> None:
    bench, page, client = site
    alert = await bench.raised()
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": page.url.replace("http:", "https:")},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = await client.post(ack(alert), headers=headers)
        assert answer.status_code == 403, headers
    assert bench.ward_state.open_alerts()[0].ack is None
    own = {"Origin": page.url, "Sec-Fetch-Site": "same-origin"}
    assert (await client.post(ack(alert), headers=own)).status_code == 200


async def test_a_large_body_is_refused_and_a_name_in_it_believed_by_nobody(site: Site) -> None:
    bench, _, client = site
    alert = await bench.raised()
    assert (await client.post(ack(alert), content=b"x" * 5000)).status_code == 413
    assert bench.ward_state.open_alerts()[0].ack is None
    assert (await client.post(ack(alert), json={"by": "Grace"})).json()["ack"]["by"] == "Ada"


async def test_a_page_that_cannot_be_drawn_is_reported_and_stops_nothing(site: Site, monkeypatch) -> None:
    bench, page, client = site
    monkeypatch.setitem(page.ward_page._renderer._templates.globals, "WORDS", ())
    await bench.raised("room-3", 3)

    async def reported() -> bool:
        return not page.ward_page.drawn

    await eventually(reported)
    assert "Room 4" in (await client.get("/")).raise_for_status().text
    assert bench.ward_state.open_alerts()
    monkeypatch.undo()
    async with browser(page) as events:
        await events.until("Severe", "room:room-3")
    assert page.ward_page.drawn

"""RFC 9725, row by row, over real HTTPS against the real process."""

from __future__ import annotations

import asyncio
import re
import socket
import uuid

import pytest
from aiortc.sdp import SessionDescription

from tests.services.ingest.sources.whip.offer_files import MALFORMED, NAMES, UNACCEPTABLE, offer
from tests.services.ingest.sources.whip.whip import FRAGMENT, SDP, Whip
from tests.support.waiting import PATIENCE_S

STRONG_TAG = re.compile(r'"[!#-~]+"')
TRICKLE = (
    "a=ice-ufrag:c1Lr\r\na=ice-pwd:WuTqkxgAPxZvHtyMvTJY3n\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    "a=candidate:2 1 udp 2122260223 192.0.2.1 61764 typ host\r\n"
)
STUN_COOKIE = bytes.fromhex("2112a442")
RESTART = TRICKLE.replace("c1Lr", "Nw01").replace("WuTqkx", "XXXXXX")


@pytest.mark.parametrize("name", NAMES)
async def test_an_offer_is_answered_whole(whip: Whip, name: str) -> None:
    answer = await whip.post(offer(name))
    assert answer.status == 201, answer.body
    assert answer.headers["Content-Type"] == SDP
    assert STRONG_TAG.fullmatch(answer.headers["ETag"])
    prefix, _, session = answer.headers["Location"].rpartition("/")
    assert prefix == f"/whip/{whip.camera}"
    assert uuid.UUID(session).version == 4
    description = SessionDescription.parse(answer.body.decode())
    offered = SessionDescription.parse(offer(name))
    assert [(one.kind, one.rtp.muxId) for one in description.media] == [
        (one.kind, one.rtp.muxId) for one in offered.media
    ]
    assert description.group[0].items == [one.rtp.muxId for one in description.media]
    assert len({one.ice.usernameFragment for one in description.media}) == 1
    for media in description.media:
        assert media.direction == "recvonly"
        assert media.port != 0
        assert media.rtcp_mux
        assert media.ice_candidates
        assert media.ice_candidates_complete
        assert media.dtls.role == {"active": "server", "passive": "client"}.get(_setup(name), "client")


def _setup(name: str) -> str:
    return offer(name).split("a=setup:")[1].split("\r\n")[0]


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_offers(whip: Whip, name: str) -> None:
    answer = await whip.post(MALFORMED[name].encode("utf-8"))
    assert answer.status == 400
    assert answer.problem()["type"].startswith("urn:veilward:problem:")


@pytest.mark.parametrize("name", UNACCEPTABLE)
async def test_offers_that_cannot_be_served_whole(whip: Whip, name: str) -> None:
    answer = await whip.post(UNACCEPTABLE[name])
    assert answer.status == 422
    assert answer.problem()["detail"]
    assert "Location" not in answer.headers


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "application/sdpx", FRAGMENT])
async def test_wrong_content_type_of_an_offer(whip: Whip, content_type: str) -> None:
    answer = await whip.post(content_type=content_type)
    assert answer.status == 415
    answer.problem()


async def test_content_type_may_carry_parameters(whip: Whip) -> None:
    assert (await whip.post(content_type="Application/SDP; charset=utf-8")).status == 201


async def test_not_utf8_and_oversize(whip: Whip) -> None:
    assert (await whip.post(b"v=0\r\ns=\xff\xfe")).status == 400
    large = await whip.post(offer("obs-30") + "a=x\r\n" * 20_000)
    assert large.status == 413
    large.problem()


async def test_ice_servers_are_linked_but_not_on_a_preflight(whip: Whip) -> None:
    assert (await whip.post()).headers["Link"] == '<stun:stun.test:3478>; rel="ice-server"'
    preflight = await whip.send(
        "OPTIONS", headers={"Origin": "https://page.test", "Access-Control-Request-Method": "POST"}, token=None
    )
    assert "Link" not in preflight.headers


@pytest.mark.parametrize("suffix", ["", "/00000000-0000-4000-8000-000000000000"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_cors_preflight_needs_no_token(whip: Whip, suffix: str, method: str) -> None:
    headers = {"Origin": "https://page.test", "Access-Control-Request-Method": method}
    answer = await whip.send("OPTIONS", whip.url + suffix, headers=headers, token=None)
    assert answer.status == 204
    assert answer.headers["Accept-Post"] == SDP
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "if-match"))


async def test_options_and_exposed_headers(whip: Whip) -> None:
    answer = await whip.send("OPTIONS")
    assert (answer.status, answer.headers["Accept-Post"]) == (204, SDP)
    exposed = (await whip.post()).headers["Access-Control-Expose-Headers"]
    assert {"Location", "ETag", "Link"} <= {name.strip() for name in exposed.split(",")}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_get_has_no_content(whip: Whip, method: str) -> None:
    session = whip.absolute((await whip.post()).headers["Location"])
    for url in (whip.url, session):
        answer = await whip.send(method, url)
        assert 200 <= answer.status < 300
        assert answer.body == b""


@pytest.mark.parametrize(("method", "suffix"), [("PUT", ""), ("PATCH", ""), ("DELETE", ""), ("TRACE", "")])
async def test_methods_that_mean_nothing_on_the_endpoint(whip: Whip, method: str, suffix: str) -> None:
    answer = await whip.send(method, whip.url + suffix)
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


async def test_methods_that_mean_nothing_on_a_session(whip: Whip) -> None:
    session = whip.absolute((await whip.post()).headers["Location"])
    answer = await whip.send("POST", session, offer("obs-30"), {"Content-Type": SDP})
    assert answer.status == 405
    assert "PATCH" in answer.headers["Allow"]


# Trickle and restart


async def test_trickle_is_taken_without_a_new_tag(whip: Whip) -> None:
    created = await whip.post()
    session = whip.absolute(created.headers["Location"])
    for tag in (created.headers["ETag"], "*", '"*"'):
        answer = await whip.patch(session, TRICKLE, tag)
        assert answer.status == 204
        assert answer.body == b""
        assert "ETag" not in answer.headers


@pytest.mark.parametrize("mid", ["0", "1"])
async def test_a_trickled_candidate_is_checked_by_the_server(whip: Whip, mid: str) -> None:
    created = await whip.post()
    description = SessionDescription.parse(created.body.decode())
    address = next(one.ip for one in description.media[0].ice_candidates if ":" not in one.ip)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((address, 0))
        listener.setblocking(False)
        candidate = f"a=candidate:7 1 udp 2122260223 {address} {listener.getsockname()[1]} typ host\r\n"
        fragment = TRICKLE.replace("a=mid:0", f"a=mid:{mid}") + candidate
        session = whip.absolute(created.headers["Location"])
        assert (await whip.patch(session, fragment, created.headers["ETag"])).status == 204
        packet = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(listener, 1500), PATIENCE_S)
    assert packet[4:8] == STUN_COOKIE


async def test_unknown_and_unresolvable_candidates_are_dropped_silently(whip: Whip) -> None:
    created = await whip.post()
    session = whip.absolute(created.headers["Location"])
    fragment = (
        TRICKLE
        + "a=candidate:3 1 udp 1 abc-def.local 9 typ host\r\na=candidate:nonsense\r\n"
        + "m=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:unknown\r\na=candidate:4 1 udp 1 192.0.2.3 9 typ host\r\n"
        + "a=end-of-candidates\r\n"
    )
    assert (await whip.patch(session, fragment, created.headers["ETag"])).status == 204


@pytest.mark.parametrize(
    ("body", "if_match", "content_type", "status"),
    [
        (RESTART, "*", FRAGMENT, 422),
        (RESTART, "own", FRAGMENT, 422),
        (TRICKLE, None, FRAGMENT, 428),
        (RESTART, None, FRAGMENT, 428),
        (TRICKLE, '"stale"', FRAGMENT, 412),
        (TRICKLE, "weak", FRAGMENT, 412),
        (TRICKLE, "unquoted", FRAGMENT, 400),
        (TRICKLE, "own", "text/plain", 415),
        (TRICKLE, "own", SDP, 415),
        ("not a fragment", "own", FRAGMENT, 400),
        ("", "own", FRAGMENT, 400),
    ],
)
async def test_refused_patches_leave_the_session_alone(
    whip: Whip, body: str, if_match: str | None, content_type: str, status: int
) -> None:
    created = await whip.post()
    session, tag = whip.absolute(created.headers["Location"]), created.headers["ETag"]
    sent = {"own": tag, "weak": f"W/{tag}", "unquoted": tag.strip('"')}.get(if_match or "", if_match)
    answer = await whip.patch(session, body, sent, content_type)
    assert answer.status == status
    answer.problem()
    assert (await whip.patch(session, TRICKLE, tag)).status == 204


# Ending


async def test_delete_ends_the_session_whatever_if_match_says(whip: Whip) -> None:
    session = whip.absolute((await whip.post()).headers["Location"])
    assert (await whip.send("DELETE", session, headers={"If-Match": '"stale"'})).status == 200
    for method in ("DELETE", "GET"):
        gone = await whip.send(method, session)
        assert gone.status == 404
    assert (await whip.patch(session, TRICKLE, "*")).status == 404
    assert (await whip.post()).status == 201


# Who may


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("token", [None, "=Bearer unknown", "=Basic dXNlcjpw", "=Bearer", "="])
async def test_every_request_but_the_preflight_needs_the_token(whip: Whip, method: str, token: str | None) -> None:
    answer = await whip.send(method, body=offer("obs-30"), headers={"Content-Type": SDP}, token=token)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    if method != "HEAD":
        answer.problem()


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "GET", "OPTIONS"])
async def test_sessions_need_the_token_too(whip: Whip, method: str) -> None:
    session = whip.absolute((await whip.post()).headers["Location"])
    assert (await whip.send(method, session, token=None)).status == 401
    other = whip.ingest.fresh_camera()
    assert (await whip.send(method, session, token=other)).status == 403
    assert (await whip.send("GET", session)).status == 204


async def test_another_cameras_session_is_not_there(whip: Whip) -> None:
    session = whip.absolute((await whip.post()).headers["Location"])
    other = whip.ingest.fresh_camera()
    answer = await whip.send("DELETE", session.replace(whip.camera, other), token=other)
    assert answer.status == 404
    assert (await whip.send("GET", session)).status == 204


async def test_unknown_cameras_sessions_and_paths(whip: Whip) -> None:
    unknown = whip.url.replace(whip.camera, "cam-unknown")
    assert (await whip.send("POST", unknown)).status == 404
    assert (await whip.send("POST", unknown, token=None)).status == 401
    for url in (f"{whip.url}/{uuid.uuid4()}", f"{whip.url}/x", whip.absolute("/"), whip.absolute("/metrics")):
        answer = await whip.send("GET", url)
        assert answer.status == 404
        answer.problem()


# Load


async def test_a_second_publisher_is_a_conflict(whip: Whip) -> None:
    assert (await whip.post()).status == 201
    second = await whip.post()
    assert second.status == 409
    assert int(second.headers["Retry-After"]) >= 1
    second.problem()


async def test_one_of_many_at_once_wins(whip: Whip) -> None:
    statuses = sorted([answer.status for answer in await asyncio.gather(*(whip.post() for _ in range(5)))])
    assert statuses == [201, 409, 409, 409, 409]

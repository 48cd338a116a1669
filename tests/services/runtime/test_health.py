"""Health over real HTTP: liveness, readiness, metrics, and requests that are none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from services.runtime.health import Health, HealthServer, start_health
from services.runtime.metrics import LATENCY_BUCKETS, SNNI_BUCKETS, Metrics


@pytest.fixture
async def served() -> AsyncIterator[tuple[Health, HealthServer, Metrics]]:
    """A health endpoint with metrics of its own."""
    health, metrics = Health(), Metrics()
    server = await start_health(health, "127.0.0.1", 0, metrics)
    yield health, server, metrics
    await server.close()


async def ask(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a raw request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body


async def get(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """GET a path."""
    return await ask(port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


Served = tuple[Health, HealthServer, Metrics]


async def test_readiness_follows_the_checks(served: Served) -> None:
    health, server, _ = served
    state = {"bus": False}
    health.add_check("bus", lambda: state["bus"])
    assert (await get(server.port, "/readyz"))[0] == 503
    state["bus"] = True
    status, headers, body = await get(server.port, "/readyz?x=1")
    assert status == 200
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"ready": True, "checks": {"bus": True, "not_draining": True}, "apart": {}}
    health.set_draining()
    status, _, body = await get(server.port, "/readyz")
    assert (status, json.loads(body)["checks"]) == (503, {"bus": True, "not_draining": False})


async def test_what_is_told_apart_decides_nothing(served: Served) -> None:
    health, server, _ = served
    health.add_apart("hub", lambda: False)
    status, _, body = await get(server.port, "/readyz")
    assert status == 200
    assert json.loads(body)["apart"] == {"hub": False}


async def test_a_check_that_raises_is_a_failed_check(served: Served) -> None:
    health, server, _ = served
    health.add_check("broken", lambda: bool(1 // 0))
    status, _, body = await get(server.port, "/readyz")
    assert status == 503
    assert json.loads(body)["checks"]["broken"] is False
    assert not health.ready


async def test_liveness_depends_on_the_process_only(served: Served) -> None:
    health, server, _ = served
    health.add_check("bus", lambda: False)
    assert (await get(server.port, "/healthz"))[0] == 200
    health.add_vital("worker", lambda: False)
    assert (await get(server.port, "/healthz"))[0] == 503


async def test_metrics(served: Served) -> None:
    _, server, metrics = served
    metrics.counter("veilward_x_frames_total", "Frames", ("camera",)).labels("cam-1").inc(3)
    metrics.histogram("veilward_x_latency_seconds", "Latency").observe(1.4)
    status, headers, body = await get(server.port, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b'veilward_x_frames_total{camera="cam-1"} 3.0' in body
    assert b'veilward_x_latency_seconds_bucket{le="1.5"} 1.0' in body
    assert b'veilward_x_latency_seconds_bucket{le="1.0"} 0.0' in body
    assert b"process_resident_memory_bytes" in body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /nothing HTTP/1.1\r\n\r\n", 404),
        (b"POST /healthz HTTP/1.1\r\n\r\n", 405),
        (b"GET /healthz\r\n\r\n", 400),
        (b"GET /healthz SMTP/1\r\n\r\n", 400),
        (b"\xff\xfe\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\n", 400),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 400),
    ],
)
async def test_other_requests(served: Served, request_: bytes, status: int) -> None:
    assert (await ask(served[1].port, request_))[0] == status
    assert (await get(served[1].port, "/healthz"))[0] == 200


async def test_head_has_no_body(served: Served) -> None:
    status, headers, body = await ask(served[1].port, b"HEAD /healthz HTTP/1.1\r\n\r\n")
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == "3"


def test_a_metric_is_made_once() -> None:
    metrics = Metrics()
    assert metrics.gauge("veilward_x_depth", "Depth") is metrics.gauge("veilward_x_depth", "Depth")
    with pytest.raises(TypeError):
        metrics.counter("veilward_x_depth", "Depth")


def test_the_objectives_are_on_buckets() -> None:
    assert {1.5, 3.0} <= set(LATENCY_BUCKETS)
    assert {0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60} <= set(SNNI_BUCKETS)
    assert list(LATENCY_BUCKETS) == sorted(LATENCY_BUCKETS)
    assert list(SNNI_BUCKETS) == sorted(SNNI_BUCKETS)

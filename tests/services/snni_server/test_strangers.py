"""Whoever reaches the edge's port without a certificate is counted, and said a few times a minute."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress

import pytest

from localsite.pki import Pki
from services.runtime.log_rate_limit import LINES, LogRateLimit
from services.runtime.metrics import Metrics
from services.snni_server.events import ProtocolEvents
from services.snni_server.metrics import SnniServerMetrics
from tests.support.networks import grey
from tests.support.peers import peers
from tests.support.waiting import until

CAME = 3 * LINES


def counted(metrics: Metrics) -> float:
    """Connections that an error ended."""
    lines = metrics.render().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("veilward_snni_server_errors_total{"))


def test_strangers_fill_no_log(tmp_path, pki: Pki, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "veilward.snni_server")
    metrics = Metrics()
    events = ProtocolEvents(SnniServerMetrics(metrics), LogRateLimit(clock=lambda: 0.0))
    with peers(tmp_path, pki, grey()) as served:
        served.server._doorway._on_error = events.error
        for _ in range(CAME):
            with socket.create_connection(("127.0.0.1", served.port)) as stranger, suppress(ConnectionError):
                stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
                while stranger.recv(4096):
                    pass
        until(lambda: counted(metrics) == CAME)
    said = [record for record in caplog.records if record.getMessage() == "connection_ended"]
    assert len(said) == LINES
    events.error("bulk", ValueError())  # of a session: always
    assert len([record for record in caplog.records if record.getMessage() == "connection_ended"]) == LINES + 1

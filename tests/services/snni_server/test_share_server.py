"""What a share server is told of its clients is what it holds them to, and what its operator is told of them."""

from __future__ import annotations

import logging

import pytest

from localsite.pki import Pki
from services.runtime.metrics import Metrics
from services.snni_server import service
from services.snni_server.events import ProtocolEvents
from services.snni_server.metrics import SnniServerMetrics
from services.snni_server.settings import SnniServerSettings
from snni.multiparty.session.server import ShareServer
from snni.multiparty.share_files import write_shares
from tests.support.networks import little


async def test_clients_are_held_to_the_settings(tmp_path, pki: Pki, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "veilward.snni_server")
    write_shares(little(), tmp_path)
    certificate, key, ca = pki.cert("snni_server")
    settings = SnniServerSettings(
        share=tmp_path / "first", peers_file=tmp_path / "peers.json", certificate=certificate, key=key, ca=ca,
        dial_certificate=certificate, dial_key=key, max_inferences_per_day=4, session_max_age_s=7200.0, max_sessions=2,
    )  # fmt: skip
    metrics = Metrics()
    told = SnniServerMetrics(metrics)
    server = service.make_server(settings, ProtocolEvents(told), metrics)
    assert isinstance(server, ShareServer)
    assert (server.limits.lifetime.age_s, server.limits.max_sessions) == (7200.0, 2)
    server.budget.take("spiffe://one", 3)
    await service._observe(server, told)
    await service._log_budget(server)
    assert "veilward_snni_server_budget_used_ratio 0.75" in metrics.render().decode()
    said = [vars(record)["fields"] for record in caplog.records if record.getMessage() == "inferences_of_the_day"]
    assert said == [{"client": "spiffe://one", "taken": 3, "prepared": 0, "allowed": 4}]

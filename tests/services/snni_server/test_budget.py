"""What the edge tells its operator of clients' inferences: the fullest budget as a metric, each client in the log."""

from __future__ import annotations

import logging

import pytest

from localsite.pki import Pki
from services.runtime.metrics import Metrics
from services.snni_server import service
from services.snni_server.metrics import SnniServerMetrics
from tests.support.networks import grey
from tests.support.peers import peers


async def test_budgets_are_shown_and_logged(tmp_path, pki: Pki, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "veilward.snni_server")
    metrics = Metrics()
    with peers(tmp_path, pki, grey(), max_inferences_per_day=4) as served:
        for client in ("spiffe://one", "spiffe://two", "spiffe://one", "spiffe://one"):
            served.server.standing.budget.take(client)
        for client in ("spiffe://one", "spiffe://greedy"):
            served.server.standing.budget.order(client, 54)
        await service._observe(served.server, SnniServerMetrics(metrics))
        await service._log_budget(served.server)
    rendered = metrics.render().decode()
    assert "veilward_snni_server_budget_used_ratio 0.75" in rendered
    assert "veilward_snni_server_orders_used_ratio 0.75" in rendered
    told = [vars(record)["fields"] for record in caplog.records if record.getMessage() == "inferences_of_the_day"]
    assert told == [
        {"client": "spiffe://one", "taken": 3, "prepared": 54, "allowed": 4},
        {"client": "spiffe://two", "taken": 1, "prepared": 0, "allowed": 4},
        {"client": "spiffe://greedy", "taken": 0, "prepared": 54, "allowed": 4},
    ]

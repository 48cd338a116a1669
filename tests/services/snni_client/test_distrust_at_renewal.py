"""An edge that is believed no more while a session with it is being made: that session serves nobody."""

from __future__ import annotations

import threading

from services.runtime.metrics import Metrics
from services.snni_client.connection import edge_context
from services.snni_client.edge import Edge
from services.snni_client.metrics import SnniClientMetrics
from services.snni_client.settings import SnniClientSettings
from snni.inference import InferenceSession
from tests.support.networks import grey
from tests.support.peers import peers
from tests.support.waiting import eventually


async def test_a_session_made_while_its_edge_is_found_wrong_serves_nobody(tmp_path, pki) -> None:
    with peers(tmp_path, pki, grey()) as served:
        certificate, key, ca = pki.cert("snni_client")
        settings = SnniClientSettings.model_construct(
            edge_url=f"snni://127.0.0.1:{served.port}",
            edge_id="spiffe://veilward/edge/snni_server/0",
            plan_hash=grey().plan.plan_hash,
            certificate=certificate,
            key=key,
            ca=ca,
        )

        def found_wrong(session: InferenceSession) -> None:
            edge.believe_no_more()

        edge = Edge(settings, SnniClientMetrics(Metrics(), ["cam-1"]), found_wrong, edge_context(settings))
        edge.start()

        async def over() -> bool:
            return edge.ready or all(thread.name != "snni-bulk" for thread in threading.enumerate())

        try:
            await eventually(over)
            assert not edge.ready
            assert edge.status == "edge_wrong"
            await eventually(lambda: ended(served))
        finally:
            edge.close()


async def ended(served) -> bool:
    return not served.server.sessions

"""The room's scorer and an edge that leaves the protocol, breaks off, or ends sessions at their age."""

from __future__ import annotations

import socket
import threading

from services.bus.models import PainMessage, StateMessage
from snni.session.lifetime import Lifetime
from snni.session.tls import Identity, server_context
from snni.twoparty.nonlinear.correlations import FIRST
from snni.twoparty.suite import TWO_PARTY
from tests.services.snni_client.line import exported
from tests.services.snni_client.room_only import room
from tests.support.networks import grey
from tests.support.peers import peers
from tests.support.waiting import eventually, until


class Babbler:
    """An edge by its certificate that answers whatever it is asked with a frame of no version."""

    def __init__(self, pki) -> None:
        self._context = server_context(Identity(*pki.cert("snni_server")))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.dialled = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self.listener.accept()
                with self._context.wrap_socket(raw, server_side=True) as sock:
                    self.dialled += 1
                    sock.recv(1)
                    sock.sendall(b"\xee" * 64)
                    sock.recv(1 << 16)
            except OSError:
                if self.listener.fileno() < 0:
                    return


async def test_an_edge_that_breaks_the_protocol_is_dialled_no_more_and_the_ward_is_told(tmp_path, pki):
    edge = Babbler(pki)
    with edge.listener:
        async with room(tmp_path, pki, edge.port) as running, exported(running.pair) as messages:

            async def told():
                return "edge_distrusted" in {message.status for message in await messages(StateMessage)}

            await eventually(told)
            assert edge.dialled == 3 and "protocol_errors_total 3.0" in running.client.metrics()
            lost = running.events("edge_lost")
            assert [event["kind"] for event in lost] == ["WireError"] * 3
            assert running.client.running and not running.client.ready()


async def test_a_crop_whose_inference_broke_is_not_tried_again_and_the_next_one_is(tmp_path, pki):
    with peers(tmp_path, pki, grey()) as served:
        attempts = []
        event = served.server.event

        def breaking(name, epoch, number):
            event(name, epoch, number)
            if name == "online":
                attempts.append(epoch)
                if len(attempts) == 1:
                    raise KeyError("the first inference breaks")

        served.server.event = breaking
        async with room(tmp_path, pki, served.port) as running, running.pair.bus("keyframe") as bus:
            await running.ready()
            await bus.publish_durable(running.crop(1))
            until(lambda: 'skipped_total{camera="cam-1",reason="begun"} 1.0' in running.client.metrics())
            await running.scored(bus, 2)
            async with exported(running.pair) as messages:

                async def arrived():
                    return [message.envelope.sequence for message in await messages(PainMessage)]

                assert await eventually(arrived) == [1]
            assert len(attempts) == 2 and len(set(attempts)) == 2


async def test_a_session_at_its_end_has_a_successor_that_is_ready_first(tmp_path, pki):
    """Each session has transfers for two inferences and a half; no level is missed, and the edge is always there."""
    one = TWO_PARTY.nonlinear_traffic(grey().plan, scores=False, before=FIRST)[1]
    transfers = int(2.5 * max(one.by_server, one.by_client))
    with peers(tmp_path, pki, grey(), lifetime=Lifetime(transfers=transfers)) as served:
        async with room(tmp_path, pki, served.port) as running, running.pair.bus("keyframe") as bus:
            await running.ready()
            for seed in range(4):
                await running.scored(bus, seed)
            epochs = {epoch for name, epoch, _ in served.events if name == "online"}
            assert len(epochs) >= 2
            async with exported(running.pair) as messages:
                levels = [message.envelope.sequence for message in await messages(PainMessage)]
                states = {message.status for message in await messages(StateMessage)}
            assert levels == [0, 1, 2, 3]
            assert not states & {"edge_distrusted", "model_mismatch"}
            assert not running.events("inference_lost") and not running.events("edge_lost")


async def test_a_session_whose_successor_is_refused_serves_what_it_has(tmp_path, pki):
    """The edge takes one session, which is due for a successor once two inferences are prepared."""
    one = TWO_PARTY.nonlinear_traffic(grey().plan, scores=False, before=FIRST)[1]
    transfers = int(2.1 * max(one.by_server, one.by_client))
    with peers(tmp_path, pki, grey(), lifetime=Lifetime(transfers=transfers), max_sessions=1) as served:
        async with room(tmp_path, pki, served.port) as running, running.pair.bus("keyframe") as bus:
            await running.ready()

            async def refused_twice():
                return len(running.events("successor_refused")) >= 2

            await eventually(refused_twice)
            await running.scored(bus, 0)
            await running.scored(bus, 1)
            assert len({epoch for name, epoch, _ in served.events if name == "online"}) == 1
            await running.scored(bus, 2)
            assert running.events("session_over")
            assert all("no room" in event["reason"] for event in running.events("edge_lost"))


async def test_a_break_in_a_sessions_last_tenth_is_told_as_one(tmp_path, pki):
    """Its successor is due, and the edge goes before it has to end it."""
    one = TWO_PARTY.nonlinear_traffic(grey().plan, scores=False, before=FIRST)[1]
    transfers = int(2.1 * max(one.by_server, one.by_client))
    with peers(tmp_path, pki, grey(), lifetime=Lifetime(transfers=transfers), max_sessions=1) as served:
        async with room(tmp_path, pki, served.port) as running:
            await eventually_told(running, "successor_refused")
            served.server.close()
            await eventually_told(running, "edge_lost")
            assert running.events("edge_lost")[0]["kind"] == "PeerError"
            assert not running.events("session_over")


async def eventually_told(running, event):
    async def told():
        return running.events(event)

    await eventually(told)

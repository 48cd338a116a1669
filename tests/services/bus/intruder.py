"""An intruder with everything on the hub: it may publish and hear all subjects, and the hub trusts the leaf with all.

So that what is shown is the room's own defence, not the hub's good behaviour.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from nats import errors as nats_errors
from nats.aio.msg import Msg

from localsite.nats_pair import NatsPair
from localsite.pki import Pki
from services.bus.connection import TlsClient
from services.bus.identities import BusIdentity, leaf_remote, spiffe
from services.bus.nats_config import HubOptions
from tests.services.bus import samples
from tests.support.waiting import eventually

INTRUDER = BusIdentity("intruder", "WARD", spiffe("ward", "intruder"), publish=(">",), subscribe=(">",))


def trusting_leaf(domain: str) -> BusIdentity:
    """The hub's user for a leaf, without any limit."""
    return replace(leaf_remote(domain), publish=(">",), subscribe=(">",))


def hub_of_the_intruder(pki: Pki, trusting: bool = True) -> HubOptions:
    """A hub that lets the intruder do everything."""
    pki.issue("bus_intruder", "bus-ward", INTRUDER.uri, "client")
    plain = HubOptions()
    return replace(
        plain,
        services=(*plain.services, INTRUDER),
        leaf_user=trusting_leaf if trusting else leaf_remote,
        max_payload=1_048_576,
    )


@dataclass
class Intruder:
    """A connected intruder that keeps all it hears."""

    client: TlsClient
    heard: list[Msg] = field(default_factory=list)

    async def listen(self, *subjects: str) -> None:
        """Hear `subjects` from now on."""

        async def keep(message: Msg) -> None:
            self.heard.append(message)

        for subject in subjects:
            await self.client.subscribe(subject, cb=keep)
        await self.client.synced()

    async def ask(
        self, subject: str, request: dict[str, object] | None = None, patience_s: float = 0.4
    ) -> dict[str, object] | None:
        """The answer to a request, or None when nobody answers in patience_s: more where an answer must come."""
        body = json.dumps(request).encode() if request is not None else b""
        try:
            answer = await self.client.request(subject, body, timeout=patience_s)
        except (nats_errors.TimeoutError, nats_errors.NoRespondersError):
            return None
        self.heard.append(answer)
        try:
            found = json.loads(answer.data)
        except ValueError:
            return {"raw": True}
        return found if isinstance(found, dict) else {"raw": True}

    def heard_any(self, marker: bytes) -> bool:
        """Whether anything that was heard carries the marker."""
        return any(marker in message.data for message in self.heard)


@asynccontextmanager
async def intrude(pair: NatsPair) -> AsyncIterator[Intruder]:
    """Connect to the hub as the intruder."""
    client = await pair.client("intruder")
    try:
        yield Intruder(client)
    finally:
        await client.close()


async def wait_wanted(pair: NatsPair, intruder: Intruder) -> None:
    """Until the leaf knows of every subject that the intruder wants: they pass in order, a last one closes the list."""
    last = f"source.{pair.domain}.{secrets.token_hex(8)}"
    await intruder.listen(last)

    async def known() -> bool:
        return last in json.dumps(pair.leaf.leafz())

    await eventually(known)


async def leaks_pictures(pair: NatsPair, provision: bool = True) -> bool:
    """The leak check: publish a marked frame and crop in the room, and say whether a listener on the hub hears them.

    A pain message published after them, seen in the ward's stream, shows that time enough has passed.
    """
    marker = secrets.token_bytes(16)
    producer = secrets.token_hex(16)
    if provision:
        await pair.provision()
    await pair.wait_joined()
    async with intrude(pair) as intruder:
        await intruder.listen(">", "crops.>", "frames.>", "crops.v1.haus.cam-7a", "$JS.>", "_INBOX.>", "source.>")
        await wait_wanted(pair, intruder)
        async with pair.bus("ingest") as ingest, pair.bus("keyframe") as keyframe, pair.bus("snni_client") as client:
            await ingest.publish(samples.frame(marker, producer=producer))
            await keyframe.publish_durable(samples.crop(marker, producer=producer))
            await client.publish_durable(samples.pain(producer=producer))

            async def arrived() -> bool:
                last = any(producer in str(message.headers) and b"level" in message.data for message in intruder.heard)
                return last or intruder.heard_any(marker)

            await eventually(arrived)
        return intruder.heard_any(marker)


def request_for(verb: str, stream: str) -> dict[str, object]:
    """A body that would make the verb do harm."""
    consumer = {"durable_name": "spy", "ack_policy": "none", "deliver_subject": "spy"}
    body: dict[str, object] = {"name": stream, "subjects": ["pain.>"], "retention": "limits", "storage": "file"}
    if verb.startswith("CONSUMER") and "CREATE" in verb:
        body = {"stream_name": stream, "config": consumer}
    if "MSG" in verb:
        body = {"seq": 1, "batch": 1}
    return body

"""Each identity may publish and hear exactly what it must: a table written by hand, not taken from the registry."""

from __future__ import annotations

import pytest

from localsite.nats_pair import NatsPair
from services.bus.connection import TlsClient
from tests.support.waiting import eventually

JS = "$JS.API"
PUBLISH: dict[str, set[str]] = {
    "ingest": {"frames.v1.haus.cam", "state.v1.w.r.cam.ingest"},
    "keyframe": {"crops.v1.haus.cam", "state.v1.w.r.cam.keyframe"},
    "snni_client": {
        "pain.v1.w.r.cam",
        "clip.v1.w.r.cam",
        "state.v1.w.r.cam.snni_client",
        f"{JS}.STREAM.INFO.CROPS",
        f"{JS}.STREAM.CREATE.CROPS",
        f"{JS}.STREAM.UPDATE.CROPS",
        f"{JS}.CONSUMER.DURABLE.CREATE.CROPS.snni-client",
        f"{JS}.CONSUMER.INFO.CROPS.snni-client",
        f"{JS}.CONSUMER.MSG.NEXT.CROPS.snni-client",
        "$JS.ACK.CROPS.snni-client.1.1.1.1.1",
        "$SYS.REQ.ACCOUNT.PING.STATZ",
    },
    "bridge": {f"{JS}.STREAM.{verb}.OUT" for verb in ("INFO", "CREATE", "UPDATE", "PURGE")},
    "alerts": {
        "consent.v1.w.r.cam",
        f"{JS}.STREAM.INFO.WARD",
        f"{JS}.STREAM.CREATE.WARD",
        f"{JS}.STREAM.UPDATE.WARD",
        f"{JS}.CONSUMER.CREATE.WARD",
        f"{JS}.CONSUMER.DELETE.WARD.x",
        f"{JS}.CONSUMER.DURABLE.CREATE.WARD.alerts",
        f"{JS}.CONSUMER.INFO.WARD.alerts",
        f"{JS}.CONSUMER.MSG.NEXT.WARD.alerts",
        "$JS.ACK.WARD.alerts.1.1.1.1.1",
        "alert.v1.haus",
        "lease.v1.haus",
        "head.v1.haus",
        *(
            f"{JS}.STREAM.{verb}.{one}"
            for verb in ("INFO", "CREATE", "UPDATE", "MSG.GET")
            for one in ("LEDGER", "LEASE", "HEADS")
        ),
        "$SYS.REQ.ACCOUNT.PING.STATZ",
    },
}
NOBODY_PUBLISHES = {
    "anything",
    "frames.v2.haus.cam",
    "crops.v1.haus",
    "_INBOX.snni_client.x",
    "_INBOX.alerts.x",
    JS + ".INFO",
    "$SYS.REQ.ACCOUNT.PING.CONNZ",
    "$SYS.REQ.ACCOUNT.WARD.STATZ",
    "$SYS.REQ.SERVER.PING.STATZ",
    *(f"{JS}.STREAM.{verb}.{stream}" for verb in ("DELETE", "PURGE", "MSG.GET") for stream in ("CROPS", "WARD")),
    *(
        f"{JS}.STREAM.{verb}.{stream}"
        for verb in ("DELETE", "PURGE", "MSG.DELETE")
        for stream in ("LEDGER", "LEASE", "HEADS")
    ),
    f"{JS}.CONSUMER.CREATE.LEDGER",
    "alert.v2.haus",
    "lease.v1.haus.x",
    "head.v1.haus.x",
    f"{JS}.STREAM.DELETE.OUT",
    f"{JS}.STREAM.MSG.GET.OUT",
    "$JS.elsewhere.API.STREAM.DELETE.OUT",
    f"{JS}.CONSUMER.CREATE.CROPS",
    f"{JS}.CONSUMER.DURABLE.CREATE.CROPS.spy",
    f"{JS}.CONSUMER.MSG.NEXT.CROPS.spy",
    f"{JS}.DIRECT.GET.CROPS",
    f"{JS}.STREAM.NAMES",
    f"{JS}.STREAM.CREATE.MINE",
    "source.room-1.x",
    "$SYS.REQ.SERVER.PING",
}
SUBSCRIBE: dict[str, set[str]] = {
    "ingest": {"_INBOX.ingest.x", "consent.v1.*.*.*", "consent.v1.w.r.cam"},
    "keyframe": {"_INBOX.keyframe.x", "frames.>", "frames.v1.haus.cam"},
    "snni_client": {"_INBOX.snni_client.x"},
    "bridge": {"_INBOX.bridge.x"},
    "alerts": {"_INBOX.alerts.x"},
}
NOBODY_SUBSCRIBES = {
    ">",
    "*.>",
    "crops.>",
    "crops.v1.haus.cam",
    "pain.>",
    "clip.>",
    "state.>",
    "consent.>",
    "alert.>",
    "lease.>",
    "head.>",
    "_INBOX.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.ACK.>",
    "$JS.EVENT.>",
    "$JS.room-1.API.>",
    "$SYS.>",
    "source.>",
}
ALL_PUBLISH = sorted(NOBODY_PUBLISHES.union(*PUBLISH.values()))
ALL_SUBSCRIBE = sorted(NOBODY_SUBSCRIBES.union(*SUBSCRIBE.values()))


async def denied_by(pair: NatsPair, service: str, client: TlsClient, last: str) -> str:
    """Everything the server denied so far; the server answers in order, so `last`, denied, ends the list."""

    async def complete() -> bool:
        return any(last.lower() in text for text in pair.errors[service])

    await client.synced()
    await eventually(complete)
    return "\n".join(pair.errors[service])


@pytest.mark.parametrize("service", sorted(PUBLISH))
async def test_publishes_exactly_what_it_must(nats_pair: NatsPair, service: str) -> None:
    pair = nats_pair
    client = await pair.client(service)
    pair.errors[service].clear()
    for subject in ALL_PUBLISH:
        await client.publish(subject, b"")
    await client.publish("the.end", b"")
    denied = await denied_by(pair, service, client, 'publish to "the.end"')
    await client.close()
    allowed = {subject for subject in ALL_PUBLISH if f'publish to "{subject.lower()}"' not in denied}
    assert allowed == PUBLISH[service]


@pytest.mark.parametrize("service", sorted(SUBSCRIBE))
async def test_hears_exactly_what_it_must(nats_pair: NatsPair, service: str) -> None:
    pair = nats_pair
    client = await pair.client(service)
    pair.errors[service].clear()
    for subject in ALL_SUBSCRIBE:
        await client.subscribe(subject)
    await client.subscribe("the.end")
    denied = await denied_by(pair, service, client, 'subscription to "the.end"')
    await client.close()
    allowed = {subject for subject in ALL_SUBSCRIBE if f'subscription to "{subject.lower()}"' not in denied}
    assert allowed == SUBSCRIBE[service]


@pytest.mark.parametrize(
    ("service", "domain", "request_"),
    [
        ("alerts", "ward", "STREAM.DELETE.WARD"),
        ("alerts", "ward", "STREAM.PURGE.WARD"),
        ("alerts", "room-1", "STREAM.DELETE.OUT"),
        ("alerts", "room-1", "CONSUMER.CREATE.OUT"),
        ("alerts", "room-1", "CONSUMER.CREATE.CROPS"),
        ("bridge", "room-1", "STREAM.DELETE.OUT"),
        ("bridge", "ward", "STREAM.DELETE.WARD"),
        ("snni_client", "room-1", "STREAM.DELETE.CROPS"),
        ("keyframe", "room-1", "STREAM.MSG.GET.CROPS"),
    ],
)
async def test_a_domain_in_the_api_is_no_way_around(
    nats_pair: NatsPair, service: str, domain: str, request_: str
) -> None:
    """The server maps its own domain's API before it checks, so that the denial names the plain API."""
    pair = nats_pair
    await pair.wait_joined()
    client = await pair.client(service)
    pair.errors[service].clear()
    await client.publish(f"$JS.{domain}.API.{request_}", b"")
    await client.publish("the.end", b"")
    denied = await denied_by(pair, service, client, 'publish to "the.end"')
    await client.close()
    spellings = (f"$JS.{domain}.API.{request_}", f"$JS.API.{request_}")
    assert any(f'publish to "{one.lower()}"' in denied for one in spellings)

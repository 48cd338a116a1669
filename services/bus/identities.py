"""Who may say and hear what on the bus: one identity per service, from the registry of subjects.

An identity is the SPIFFE URI in a client certificate; NATS maps it to a user (verify_and_map), so there is no password.
Replies arrive under an inbox prefix of the identity's own, so that no identity can hear what another one fetches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.bus import subjects
from services.bus.subjects import (
    ACCOUNT_STATISTICS,
    ALERT,
    CLIP,
    CONSENT,
    CONSENT_ALL,
    CROPS,
    DURABLE_SNNI_CLIENT,
    FRAMES,
    FRAMES_ALL,
    HEAD,
    LEASE,
    PAIN,
    STREAM_CROPS,
    STREAM_HEADS,
    STREAM_LEASE,
    STREAM_LEDGER,
    STREAM_OUT,
    STREAM_WARD,
    VERSION,
)

Account = Literal["ROOM", "BRIDGE", "WARD"]
Connection = Literal["STANDARD", "LEAFNODE"]
TRUST_DOMAIN = "veilward"


def spiffe(zone: str, service: str, instance: str = "0") -> str:
    """`spiffe://veilward/<zone>/<service>/<id>`."""
    return f"spiffe://{TRUST_DOMAIN}/{zone}/{service}/{instance}"


def inbox(service: str) -> str:
    """The prefix of a service's reply subjects."""
    return f"_INBOX.{service}"


@dataclass(frozen=True)
class BusIdentity:
    """A NATS user. publish and subscribe are complete allow-lists; what is not listed is denied."""

    service: str
    account: Account
    uri: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    connection: Connection = "STANDARD"


def _versioned(family: subjects.Family) -> str:
    return ".".join((family.noun, VERSION, *("*" for _ in family.scope)))


def _state_of(component: subjects.Component) -> str:
    return f"{subjects.STATE.noun}.{VERSION}.*.*.*.{component}"


def _owns(stream: str) -> tuple[str, ...]:
    return tuple(f"$JS.API.STREAM.{verb}.{stream}" for verb in ("INFO", "CREATE", "UPDATE"))


def _consumes(stream: str, durable: str) -> tuple[str, ...]:
    """Create, inspect and pull one durable consumer (or `*`: any), and acknowledge what it delivers."""
    return (
        f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{durable}",
        f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
    )


def _replays(stream: str) -> tuple[str, ...]:
    """Create and delete the short-lived consumers of a replay."""
    return (f"$JS.API.CONSUMER.CREATE.{stream}", f"$JS.API.CONSUMER.DELETE.{stream}.*")


def _sequences(family: subjects.Family, stream: str) -> tuple[str, ...]:
    """Keep a stream, store into it after its newest message, and read it message by message."""
    return (_versioned(family), *_owns(stream), f"$JS.API.STREAM.MSG.GET.{stream}")


INGEST = BusIdentity(
    "ingest",
    "ROOM",
    spiffe("room", "ingest"),
    publish=(_versioned(FRAMES), _state_of("ingest")),
    subscribe=(CONSENT_ALL, f"{inbox('ingest')}.>"),
)
KEYFRAME = BusIdentity(
    "keyframe",
    "ROOM",
    spiffe("room", "keyframe"),
    publish=(_versioned(CROPS), _state_of("keyframe")),
    subscribe=(FRAMES_ALL, f"{inbox('keyframe')}.>"),
)
SNNI_CLIENT = BusIdentity(
    "snni_client",
    "ROOM",
    spiffe("room", "snni_client"),
    publish=(
        _versioned(PAIN),
        _versioned(CLIP),
        _state_of("snni_client"),
        *_owns(STREAM_CROPS),
        *_consumes(STREAM_CROPS, DURABLE_SNNI_CLIENT),
        ACCOUNT_STATISTICS,
    ),
    subscribe=(f"{inbox('snni_client')}.>",),
)
BRIDGE = BusIdentity(
    "bridge",
    "BRIDGE",
    spiffe("room", "bridge"),
    publish=(*_owns(STREAM_OUT), f"$JS.API.STREAM.PURGE.{STREAM_OUT}"),
    subscribe=(f"{inbox('bridge')}.>",),
)
ALERTS = BusIdentity(
    "alerts",
    "WARD",
    spiffe("ward", "alerts"),
    publish=(
        _versioned(CONSENT),
        *_owns(STREAM_WARD),
        *_consumes(STREAM_WARD, "*"),
        *_replays(STREAM_WARD),
        *_sequences(ALERT, STREAM_LEDGER),
        *_sequences(LEASE, STREAM_LEASE),
        *_sequences(HEAD, STREAM_HEADS),
        ACCOUNT_STATISTICS,
    ),
    subscribe=(f"{inbox('alerts')}.>",),
)
SERVICES = (INGEST, KEYFRAME, SNNI_CLIENT, BRIDGE, ALERTS)


def identity(service: str) -> BusIdentity:
    """The identity of a service. Raises KeyError when the service has none."""
    return {one.service: one for one in SERVICES}[service]


def domain_api(domain: str) -> str:
    """The prefix under which the JetStream API of a leaf with this domain is reached from the hub."""
    return f"$JS.{subjects.token(domain)}.API"


def deliver_prefix(domain: str) -> str:
    """Where a leaf delivers what the hub sources from it."""
    return f"source.{subjects.token(domain)}"


def leaf_remote(domain: str) -> BusIdentity:
    """The hub's user for the leaf of one room device.

    publish: what passes from the leaf to the hub; subscribe: what passes from the hub to the leaf.
    """
    return BusIdentity(
        "leaf",
        "WARD",
        spiffe("room", "leaf", subjects.token(domain)),
        publish=(f"{deliver_prefix(domain)}.>", "$JSC.R.*"),
        subscribe=(CONSENT_ALL, f"{domain_api(domain)}.CONSUMER.CREATE.{STREAM_OUT}", f"$JS.FC.{STREAM_OUT}.>"),
        connection="LEAFNODE",
    )

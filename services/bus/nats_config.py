"""The configuration of the two NATS servers, generated from the registry of subjects and identities.

Leaf (room): account ROOM holds frames and crops; account BRIDGE holds what may leave and is bound to the leaf remote.
BRIDGE exports pain, state and clips as a service which ROOM imports, so that a publisher in ROOM gets the
acknowledgement of BRIDGE's stream; and as a stream the ward's consents, which come from the hub. Nothing else joins
the two.
Hub (ward): account WARD sources BRIDGE's stream through the leaf.

What passes the leaf connection is limited on both ends: the hub's user for the leaf has allow-lists, and the leaf
denies the hub everything it does not need (the room does not rely on the hub's configuration).

    python -m services.bus.nats_config [--directory deploy/nats]      writes leaf.conf and hub.conf
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.bus.identities import (
    ALERTS,
    BRIDGE,
    INGEST,
    KEYFRAME,
    SNNI_CLIENT,
    BusIdentity,
    domain_api,
    inbox,
    leaf_remote,
)
from services.bus.subjects import FAMILIES

LEAF_MAX_PAYLOAD = 1_048_576
HUB_MAX_PAYLOAD = 65_536
"""Bytes. No 224x224 crop and no frame fits into a message on the hub."""
MIB = 1_048_576

DENIED_VERBS = (
    "INFO",
    "STREAM.>",
    "DIRECT.>",
    "META.>",
    "SERVER.>",
    "ACCOUNT.>",
    "CONSUMER.CREATE.*.>",
    "CONSUMER.DURABLE.>",
    "CONSUMER.NAMES.>",
    "CONSUMER.LIST.>",
    "CONSUMER.INFO.>",
    "CONSUMER.DELETE.>",
    "CONSUMER.MSG.>",
    "CONSUMER.LEADER.>",
)
"""Every verb of the JetStream API but CONSUMER.CREATE.<stream>, by which the hub's stream sources the leaf's."""

Value = object


@dataclass(frozen=True)
class TlsFiles:
    """Paths of PEM files, as the server will see them."""

    cert: str
    key: str
    ca: str


@dataclass(frozen=True)
class Listen:
    """Where a server listens and keeps its files; port -1 is any free port, told in a file under ports_dir.

    nats-server takes 0.0.0.0 for every address of the machine, of IPv4 and of IPv6.
    sync_always: what a stream acknowledges is on the disk, not only with the kernel, so that a loss of power loses no
    acknowledged level. From NATS 2.10 on; older servers write to the disk every two minutes and refuse the setting.
    """

    client: str = "0.0.0.0:4222"
    monitor: str = "127.0.0.1:8222"
    leafnodes: str = "0.0.0.0:7422"
    store_dir: str = "/var/lib/veilward/nats"
    ports_dir: str | None = None
    sync_always: bool = True


@dataclass(frozen=True)
class LeafOptions:
    """A leaf: `domain` is the room device's JetStream domain, `hub_url` the hub's leafnode address."""

    domain: str = "room-1"
    hub_url: str = "tls://veilward-nats-hub.veilward-ward.svc:7422"
    listen: Listen = field(default_factory=Listen)
    tls: TlsFiles = field(default_factory=lambda: _installed("server"))
    remote_tls: TlsFiles = field(default_factory=lambda: _installed("remote"))
    max_payload: int = LEAF_MAX_PAYLOAD


@dataclass(frozen=True)
class HubOptions:
    """A hub: `domains` are the JetStream domains of the room devices whose leaves may connect.

    `leaf_user` makes the hub's user for a leaf of a domain, `services` are the ward's own users.
    """

    domains: Sequence[str] = ("room-1",)
    listen: Listen = field(default_factory=Listen)
    tls: TlsFiles = field(default_factory=lambda: _installed("server"))
    services: Sequence[BusIdentity] = (ALERTS,)
    leaf_user: Callable[[str], BusIdentity] = leaf_remote
    max_payload: int = HUB_MAX_PAYLOAD


def _installed(name: str) -> TlsFiles:
    folder = f"/etc/veilward/nats/{name}"
    return TlsFiles(f"{folder}/tls.crt", f"{folder}/tls.key", f"{folder}/ca.crt")


def leaf_config(options: LeafOptions) -> str:
    """The leaf's configuration file.

    No event passes the leaf connection as a message of its own (deny_exports): the hub gets what is exported out of the
    stream, once, in order.
    """
    exported = [family.all for family in FAMILIES if family.exported]
    entering = [family.all for family in FAMILIES if family.enters]
    accounts = {
        "ROOM": {
            "jetstream": {"max_mem": 64 * MIB, "max_file": 0, "max_streams": 1, "max_consumers": 4},
            "users": _users((INGEST, KEYFRAME, SNNI_CLIENT)),
            "imports": [
                *({"service": {"account": "BRIDGE", "subject": subject}} for subject in exported),
                *({"stream": {"account": "BRIDGE", "subject": subject}} for subject in entering),
            ],
        },
        "BRIDGE": {
            "jetstream": {"max_mem": 0, "max_file": 1024 * MIB, "max_streams": 1, "max_consumers": 8},
            "users": _users((BRIDGE,)),
            "exports": [
                *({"service": subject, "accounts": ["ROOM"]} for subject in exported),
                *({"stream": subject, "accounts": ["ROOM"]} for subject in entering),
            ],
        },
    }
    remote = {
        "url": options.hub_url,
        "account": "BRIDGE",
        "tls": _tls(options.remote_tls),
        "deny_imports": _denied_imports(options),
        "deny_exports": [family.all for family in FAMILIES],
    }
    return _render(
        {
            "server_name": f"leaf-{options.domain}",
            **_common(options.listen, options.tls, options.max_payload),
            "jetstream": {
                "store_dir": options.listen.store_dir,
                "domain": options.domain,
                "max_memory_store": 64 * MIB,
                "max_file_store": 1024 * MIB,
                **_sync(options.listen),
            },
            "leafnodes": {"reconnect": 1, "remotes": [remote]},
            "accounts": accounts,
        }
    )


def hub_config(options: HubOptions) -> str:
    """The hub's configuration file."""
    leaves = [options.leaf_user(domain) for domain in options.domains]
    return _render(
        {
            "server_name": "hub",
            **_common(options.listen, options.tls, options.max_payload),
            "jetstream": {
                "store_dir": options.listen.store_dir,
                "domain": "ward",
                "max_memory_store": 16 * MIB,
                "max_file_store": 16 * 1024 * MIB,
                **_sync(options.listen),
            },
            "leafnodes": {"listen": options.listen.leafnodes, "tls": _tls(options.tls) | {"verify_and_map": True}},
            "accounts": {
                "WARD": {
                    "jetstream": {"max_mem": 0, "max_file": 16 * 1024 * MIB, "max_streams": 4, "max_consumers": 64},
                    "users": _users((*options.services, *leaves)),
                }
            },
        }
    )


def _denied_imports(options: LeafOptions) -> list[str]:
    """What the hub may not send into BRIDGE: events of the room, replies to its own identity, the API but one verb."""
    return [
        *(family.all for family in FAMILIES if not family.enters),
        f"{inbox(BRIDGE.service)}.>",
        "$JS.API.>",
        *(f"{domain_api(options.domain)}.{verb}" for verb in DENIED_VERBS),
    ]


def _common(listen: Listen, tls: TlsFiles, max_payload: int) -> dict[str, Value]:
    ports = {"ports_file_dir": listen.ports_dir} if listen.ports_dir else {}
    return {
        "listen": listen.client,
        "http": listen.monitor,
        **ports,
        "max_payload": max_payload,
        "max_connections": 256,
        "max_subscriptions": 4096,
        "write_deadline": "5s",
        "tls": _tls(tls) | {"verify_and_map": True},
    }


def _sync(listen: Listen) -> dict[str, Value]:
    return {"sync_interval": "always"} if listen.sync_always else {}


def _tls(files: TlsFiles) -> dict[str, Value]:
    return {"cert_file": files.cert, "key_file": files.key, "ca_file": files.ca, "timeout": 5}


def _users(who: Iterable[BusIdentity]) -> list[Value]:
    return [
        {
            "user": one.uri,
            "allowed_connection_types": [one.connection],
            "permissions": {
                "publish": {"allow": list(one.publish)},
                "subscribe": {"allow": list(one.subscribe)},
            },
        }
        for one in who
    ]


def _render(config: dict[str, Value]) -> str:
    lines = ["# Generated by `python -m services.bus.nats_config` from the registry of subjects; do not edit."]
    lines += [f"{key}: {_value(value, 0)}" for key, value in config.items()]
    return "\n".join(lines) + "\n"


def _value(value: Value, depth: int) -> str:
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        body = "".join(f"{inner}{key}: {_value(item, depth + 1)}\n" for key, item in value.items())
        return f"{{\n{body}{outer}}}"
    if isinstance(value, list):
        body = "".join(f"{inner}{_value(item, depth + 1)}\n" for item in value)
        return f"[\n{body}{outer}]" if value else "[]"
    return json.dumps(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write leaf.conf and hub.conf for the paths and names of an installation."""
    parser = argparse.ArgumentParser(description="Generate the configuration of the NATS leaf and hub.")
    parser.add_argument("--directory", type=Path, default=Path("deploy/nats"))
    parser.add_argument("--domain", action="append", help="JetStream domain of a room device; the leaf takes the first")
    parser.add_argument("--hub-url", default=LeafOptions.hub_url, help="where the leaf finds the hub")
    chosen = parser.parse_args(arguments)
    domains = tuple(chosen.domain or ("room-1",))
    chosen.directory.mkdir(parents=True, exist_ok=True)
    (chosen.directory / "leaf.conf").write_text(leaf_config(LeafOptions(domain=domains[0], hub_url=chosen.hub_url)))
    (chosen.directory / "hub.conf").write_text(hub_config(HubOptions(domains=domains)))


if __name__ == "__main__":
    main()

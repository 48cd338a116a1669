"""The committed configuration is the generated one, and the generated one says what the registry says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localsite.nats_pair import NatsPair
from services.bus import nats_config
from services.bus.identities import SERVICES
from services.bus.nats_config import DENIED_VERBS, HubOptions, LeafOptions, Listen, hub_config, leaf_config
from services.bus.subjects import (
    FAMILIES,
    OF_THE_WARD,
)

COMMITTED = Path(__file__).parents[3] / "deploy" / "nats"


def test_the_committed_files_are_the_generated_ones(tmp_path: Path) -> None:
    nats_config.main(["--directory", str(tmp_path)])
    for name in ("leaf.conf", "hub.conf"):
        assert (COMMITTED / name).read_text() == (tmp_path / name).read_text(), f"regenerate deploy/nats/{name}"


def test_every_identity_is_on_one_server() -> None:
    leaf, hub = leaf_config(LeafOptions()), hub_config(HubOptions())
    for one in SERVICES:
        assert (one.uri in leaf) is (one.account in ("ROOM", "BRIDGE"))
        assert (one.uri in hub) is (one.account == "WARD")


def test_the_hub_knows_no_picture() -> None:
    hub = hub_config(HubOptions())
    for family in FAMILIES:
        if not family.crosses and family not in OF_THE_WARD:
            assert f"{family.noun}." not in hub


def test_nothing_secret_is_in_the_files() -> None:
    for text in (leaf_config(LeafOptions()), hub_config(HubOptions())):
        assert "password" not in text
        assert "token" not in text


def test_each_room_device_has_its_own_user_on_the_hub() -> None:
    hub = hub_config(HubOptions(domains=("room-1", "room-2")))
    assert hub.count("LEAFNODE") == 2
    assert "spiffe://veilward/room/leaf/room-2" in hub
    assert "$JS.room-2.API.CONSUMER.CREATE.OUT" in hub


@pytest.mark.parametrize("verb", DENIED_VERBS)
def test_the_denied_verbs_follow_the_domain(verb: str) -> None:
    assert f'"$JS.room-9.API.{verb}"' in leaf_config(LeafOptions(domain="room-9"))


def test_what_is_acknowledged_is_on_the_disk() -> None:
    for text in (leaf_config(LeafOptions()), hub_config(HubOptions())):
        assert 'sync_interval: "always"' in text
    older = leaf_config(LeafOptions(listen=Listen(sync_always=False)))
    assert "sync_interval" not in older


def test_both_servers_sync_what_they_acknowledge(fresh_pair: NatsPair) -> None:
    """As they say of themselves; what they run is the version that the manifests name."""
    for server in (fresh_pair.leaf, fresh_pair.hub):
        told: dict[str, Any] = server.varz()
        assert told["jetstream"]["config"]["sync_always"] is True

"""The file that names share servers to each other: what it may not say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from snni.errors import BundleError
from snni.multiparty.roles import Setting
from snni.multiparty.session.peers_file import read_peers

ROLES = Setting.THREE_PASSIVE.roles


def written(path: Path, *ids: str) -> Path:
    """A file that names the three servers by these SPIFFE ids."""
    peers = {
        role.value: {"host": "localhost", "port": 1, "spiffe_id": named} for role, named in zip(ROLES, ids, strict=True)
    }
    path.write_text(json.dumps(peers))
    return path


def test_each_server_has_its_id(tmp_path: Path) -> None:
    ids = [f"spiffe://veilward/edge/{role.value}" for role in ROLES]
    assert [read_peers(written(tmp_path / "peers.json", *ids))[role].spiffe_id for role in ROLES] == ids


@pytest.mark.parametrize("prefix", ["spiffe://veilward/", "spiffe://veilward/edge/"])
def test_an_id_is_whole(tmp_path: Path, prefix: str) -> None:
    """A prefix would let whoever has a certificate below it be this server, the other servers too."""
    with pytest.raises(BundleError, match="spiffe_id"):
        read_peers(written(tmp_path / "peers.json", prefix, "spiffe://veilward/b", "spiffe://veilward/c"))


def test_two_servers_are_two(tmp_path: Path) -> None:
    """Who holds one id for two evaluators has both of a level's shares."""
    with pytest.raises(BundleError, match="two servers have one SPIFFE id"):
        read_peers(
            written(tmp_path / "peers.json", "spiffe://veilward/a", "spiffe://veilward/b", "spiffe://veilward/a")
        )

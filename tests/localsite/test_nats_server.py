"""The launched servers: free ports, state over restarts, an end with their parent, and errors that say why."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from localsite.nats_server import start_hub, start_leaf
from localsite.pki import Pki
from localsite.process import ProcessError
from services.bus.nats_config import LeafOptions, leaf_config
from tests.support.waiting import PATIENCE_S, until

ROOT = Path(__file__).parents[2]


def test_ports_are_kept_over_a_restart(tmp_path: Path, pki: Pki) -> None:
    hub = start_hub(tmp_path, pki)
    leafnode_port, client_port = hub.leafnode_port, hub.client_port
    hub.kill()
    again = start_hub(tmp_path, pki, leafnode_port=leafnode_port, client_port=client_port)
    try:
        assert (again.leafnode_port, again.client_port) == (leafnode_port, client_port)
        assert again.varz()["server_name"] == "hub"
    finally:
        again.stop()
    assert not again.process.running
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", client_port), PATIENCE_S):
        pytest.fail("the port is still served")


def test_a_server_that_does_not_start_says_why(tmp_path: Path, pki: Pki) -> None:
    hub = start_hub(tmp_path / "hub", pki)

    def broken(options: LeafOptions) -> str:
        return leaf_config(options) + "surprise: 1\n"

    try:
        with pytest.raises(ProcessError, match="surprise"):
            start_leaf(tmp_path / "leaf", pki, hub, generate=broken)
    finally:
        hub.stop()


def test_a_server_ends_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom localsite.pki import make_pki\n"
        "from localsite.nats_server import start_hub\n"
        f"base = Path({str(tmp_path)!r})\nhub = start_hub(base / 'hub', make_pki(base / 'pki'))\n"
        "print(hub.client_port, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    port = int(done.stdout)

    def ended() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED

    until(ended)

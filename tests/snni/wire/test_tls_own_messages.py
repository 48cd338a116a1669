"""A peer whose TLS sends half of a message of TLS's own: whoever writes waits for the rest, and rests meanwhile."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from snni.errors import PeerError
from snni.session.tls import Identity, client_context, server_context
from snni.wire.socket_channel import MAX_UNREAD_BYTES, SocketChannel
from tests.support.tls_records import CIPHER, KEY_UPDATE, ClientRecords
from tests.support.waiting import PATIENCE_S, until

TAG = 0x70
HELD = 1 << 14
LARGE = 1 << 16
"""Bytes of a message: more than the kernel keeps for a stream of HELD bytes at either end."""
AT_REST = 50
"""Calls that a writer makes at most, which tries again when something has come: without rest it makes thousands."""


class Writer:
    """A server's channel and how often it tried to write; the client's end without its TLS, and its records."""

    def __init__(self, pki, key_log: Path) -> None:
        server = server_context(Identity(*pki.cert("snni_server")))
        client = client_context(Identity(*pki.cert("snni_client")))
        client.keylog_filename = str(key_log)
        here, there = socket.socketpair()
        for end in (here, there):
            end.settimeout(PATIENCE_S)
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, option, HELD)
        with ThreadPoolExecutor(1) as threads:
            accepted = threads.submit(server.wrap_socket, here, server_side=True)
            secured = client.wrap_socket(there, server_hostname="localhost")
            sock = accepted.result()
        cipher = secured.cipher()
        assert cipher is not None and cipher[0] == CIPHER
        self.raw = socket.socket(fileno=secured.detach())
        self.raw.settimeout(PATIENCE_S)
        self.records = ClientRecords(key_log)
        self.channel, self.tries = SocketChannel(sock), 0
        self._send = sock.send
        sock.send = self._counted  # type: ignore[method-assign]

    def _counted(self, data: memoryview) -> int:
        self.tries += 1
        return self._send(data)

    def drain(self) -> None:
        """Take all there is of what was written, to the end."""
        with suppress(OSError):
            while self.raw.recv(LARGE):
                pass


@pytest.fixture
def writer(pki, tmp_path: Path) -> Iterator[Writer]:
    one = Writer(pki, tmp_path / "keys")
    yield one
    one.channel.close()
    one.raw.close()


@pytest.mark.parametrize("most", [MAX_UNREAD_BYTES, 0])
def test_a_writer_rests_while_half_a_message_of_tls_is_there(writer: Writer, most: int) -> None:
    writer.channel.most_unread = most
    os.write(writer.raw.fileno(), writer.records.record(KEY_UPDATE[:4]))
    drains = threading.Thread(target=lambda: (until(lambda: writer.tries > 1), writer.drain()))
    drains.start()
    if not most:  # who takes in nothing while it writes has met the half when it read, in vain
        writer.channel.settimeout(0.1)
        with pytest.raises(PeerError):
            writer.channel.recv(TAG, 0)
    writer.channel.settimeout(0.5)
    with pytest.raises(PeerError, match="too slow"):
        writer.channel.send(TAG, bytes(LARGE))
    writer.tries, tries = 2, writer.tries
    writer.channel.close()
    drains.join()
    assert tries < AT_REST


def test_with_the_rest_it_writes_on(writer: Writer) -> None:
    writer.channel.most_unread = MAX_UNREAD_BYTES
    os.write(writer.raw.fileno(), writer.records.record(KEY_UPDATE[:4]))
    with ThreadPoolExecutor(2) as threads:
        sent = threads.submit(writer.channel.send, TAG, bytes(LARGE))
        until(lambda: writer.tries > 2)
        drained = threads.submit(writer.drain)
        os.write(writer.raw.fileno(), writer.records.record(KEY_UPDATE[4:]))
        sent.result()
        writer.channel.close()
        drained.result()

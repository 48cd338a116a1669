"""One connection to NATS: mutual TLS 1.3, refused at once or kept for ever.

The first connection is tried for a while and fails with a typed error; after that the client reconnects for ever, with
what the certificates' files hold at each time, also when a server does not know it for a while (its certificates and
ours are not renewed in one moment). A server that does not offer TLS is never spoken to, also not on a reconnect.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from functools import partial

from nats import errors as nats_errors
from nats.aio.client import Client, Srv
from nats.aio.msg import Msg
from nats.js.api import Header

from services.bus.errors import BusRefused, BusUnavailable
from services.bus.identities import inbox
from services.bus.settings import BusSettings
from services.runtime.certificates import CertificateFiles, RenewedContext
from services.runtime.errors import UnusableFile

CONNECT_TIMEOUT_S = 5
RECONNECT_WAIT_S = 0.25
CLOSE_S = 2.0
PATIENCE_S = 30.0
PENDING_BYTES = 2 * 1024 * 1024
STORED = b"$JS.ACK."
"""What the reply's subject of a message begins with that a stream gives out."""
SERVERS = frozenset({str(Header.STATUS.value), str(Header.DESCRIPTION.value)})
"""Headers by which servers speak."""

Listener = Callable[[], Awaitable[None]]
ErrorListener = Callable[[Exception], Awaitable[None]]


class TlsClient(Client):  # type: ignore[misc]
    """A client that goes on only when the server requires TLS, and can wait for the server to catch up."""

    async def synced(self) -> None:
        """Until the server has acted on everything sent so far.

        The client's own flush() writes its PING past commands that still wait to be written.
        Raises nats.errors.Error, OSError.
        """
        await self._flush_pending(force_flush=True)
        await self.flush(timeout=CONNECT_TIMEOUT_S)

    def shown(self) -> bytes:
        """The certificate that the server showed, as DER; nothing without a connection."""
        writer = getattr(self._transport, "_io_writer", None)
        tls = None if writer is None else writer.get_extra_info("ssl_object")
        return b"" if tls is None else tls.getpeercert(binary_form=True) or b""

    async def abandon(self, patience_s: float = CLOSE_S) -> None:
        """Close, and leave no connection open, within patience_s seconds: not one whose server says nothing more
        (asyncio would give TLS half a minute to say good-bye), nor one dialled meanwhile (an error of the server
        closes the client while it dials anew, and close() then does nothing more). What waits to be written to a server
        that is away the client writes to no transport: its AttributeError."""
        try:
            with contextlib.suppress(TimeoutError, OSError, AttributeError, nats_errors.Error):
                await asyncio.wait_for(self.close(), patience_s)  # noqa: TID251 -- it keeps cancellations to itself
        finally:  # also when this is cut short
            for name in ("_io_writer", "_bare_io_writer"):
                writer = getattr(self._transport, name, None)
                if writer is not None:
                    writer.transport.abort()
        await asyncio.sleep(0)  # their sockets are closed by the loop's next turn

    async def _connect_to_server(self, s: Srv) -> None:
        # A reconnect whose greeting failed leaves its connection open, and the next would only forget it: while a
        # server starts or a certificate is refused, each attempt held a descriptor until the garbage was collected.
        if self._transport is not None:
            self._transport.close()
        await super()._connect_to_server(s)

    async def _process_connect_init(self) -> None:
        """A new connection's server answers nothing that its forerunner was asked: the library forgets those who wait
        for it, and they would wait for as long as they may."""
        asked = self._pongs
        await super()._process_connect_init()
        for one in asked:
            if not one.done():
                one.set_exception(nats_errors.StaleConnectionError())
                one.exception()  # the library's own pings are awaited by nobody

    async def _process_pong(self) -> None:
        """A late answer is nobody's: one whose asker had given up would end the library's reading, until its own pings
        had gone unanswered for half a minute."""
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        """None for what is none. The library's own errors of some end its reading: who published one such message into
        a stream would deafen its readers each time that it is given out, for as long as the stream keeps it."""
        try:
            found: dict[str, str] | None = await super()._process_headers(headers)
        except (ValueError, IndexError):
            return None
        return found

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg | None:
        """A stored message, to be acknowledged, tells no status: with one the library takes it for the server's word
        that there is none, or that a consumer is gone. A subject that is no text is none of ours."""
        if headers is not None and reply.startswith(STORED):
            headers = {name: value for name, value in headers.items() if name not in SERVERS}
        readable = subject.decode(errors="replace").encode()
        built: Msg | None = super()._build_message(sid, readable, reply, data, headers)
        return built

    async def _process_info(self, info: dict[str, object], initial_connection: bool = False) -> None:
        if not info.get("tls_required", False):
            raise nats_errors.SecureConnWantedError
        await super()._process_info(info, initial_connection)


def tls_context(settings: BusSettings) -> ssl.SSLContext:
    """The context of a bus client: TLS 1.3, the zone pair's authority only, the service's certificate.

    Raises:
        UnusableFile: a certificate or key cannot be loaded.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(settings.nats_ca)
    except OSError as error:
        raise UnusableFile(settings.nats_ca, f"no PEM: {type(error).__name__}") from None
    try:
        context.load_cert_chain(settings.nats_cert, settings.nats_key)
    except OSError as error:
        raise UnusableFile(settings.nats_cert, f"no PEM with its key: {type(error).__name__}") from None
    return context


def renewed_context(settings: BusSettings) -> RenewedContext:
    """The same, renewed with its files. Raises UnusableFile."""
    files = CertificateFiles("bus", settings.nats_cert, settings.nats_key, settings.nats_ca)
    return RenewedContext(files, partial(tls_context, settings))


def is_refusal(error: Exception) -> bool:
    """Whether `error` says that credentials or certificates are wrong: trying again would not help."""
    if isinstance(error, ssl.SSLError | nats_errors.AuthorizationError | nats_errors.SecureConnWantedError):
        return True
    return isinstance(error, nats_errors.Error) and "authorization violation" in str(error).lower()


async def open_connection(
    settings: BusSettings,
    context: ssl.SSLContext,
    service: str,
    on_error: ErrorListener,
    on_lost: Listener,
    on_back: Listener,
    on_closed: Listener,
    patience_s: float = PATIENCE_S,
) -> TlsClient:
    """Connect as `service`, by `context`.

    Raises:
        BusRefused: the server refuses this certificate, or its own is not good, or it does not offer TLS.
        BusUnavailable: no server within patience_s.
    """
    client = TlsClient()
    refusal: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def watch(error: Exception) -> None:
        if is_refusal(error) and not refusal.done():
            refusal.set_result(error)
        await on_error(error)

    attempt = asyncio.create_task(_connect(client, settings, context, service, watch, on_lost, on_back, on_closed))
    try:
        waits: set[asyncio.Future[object]] = {attempt, refusal}  # type: ignore[arg-type]
        await asyncio.wait(waits, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        if attempt.done() and attempt.exception() is None:
            return client
        if refusal.done():
            raise BusRefused(f"{service}: {_reason(refusal.result())}")
        raise BusUnavailable(f"{service}: no NATS server within {patience_s:g} s")
    finally:
        refusal.cancel()
        if not (attempt.done() and not attempt.cancelled() and attempt.exception() is None):
            attempt.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, nats_errors.Error):
                await attempt
            await client.abandon()


async def _connect(
    client: TlsClient,
    settings: BusSettings,
    context: ssl.SSLContext,
    service: str,
    on_error: ErrorListener,
    on_lost: Listener,
    on_back: Listener,
    on_closed: Listener,
) -> None:
    await client.connect(
        servers=settings.nats_url,
        name=service,
        tls=context,
        user=settings.nats_user,
        password=settings.nats_password.get_secret_value() if settings.nats_password else None,
        error_cb=on_error,
        disconnected_cb=on_lost,
        reconnected_cb=on_back,
        closed_cb=on_closed,
        inbox_prefix=inbox(service),
        connect_timeout=CONNECT_TIMEOUT_S,
        reconnect_time_wait=RECONNECT_WAIT_S,
        max_reconnect_attempts=-1,
        pending_size=PENDING_BYTES,
        flush_timeout=CONNECT_TIMEOUT_S,
        ping_interval=10,
        max_outstanding_pings=2,
    )
    while True:  # the server speaks its mind about a certificate only after the handshake
        try:
            await client.flush(timeout=CONNECT_TIMEOUT_S)
            return
        except (nats_errors.Error, OSError):
            await asyncio.sleep(RECONNECT_WAIT_S)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or type(error).__name__}"
    if isinstance(error, nats_errors.SecureConnWantedError):
        return "the server does not offer TLS"
    return "the server does not know this identity"

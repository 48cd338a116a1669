"""A WHIP client (RFC 9725): one session, its offer, its end. The probe's, and that of every virtual camera."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription

REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=60)


class CameraError(RuntimeError):
    """The camera cannot publish: the server refused, or the connection failed."""


def prefer(sender: RTCRtpSender, connection: RTCPeerConnection, codec: str) -> None:
    """Offer only `codec` (VP8 or H264) for this sender."""
    wanted = f"video/{codec}".lower()
    for transceiver in connection.getTransceivers():
        if transceiver.sender is sender:
            known = RTCRtpSender.getCapabilities("video").codecs
            transceiver.setCodecPreferences([one for one in known if one.mimeType.lower() == wanted])


class WhipClient:
    """One WHIP session of one connection."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http, self._url = http, url
        self._headers = {"Authorization": f"Bearer {token}"}
        self.location: str | None = None
        self.etag: str | None = None

    async def publish(self, connection: RTCPeerConnection) -> None:
        """Offer, post, apply the answer. Raises CameraError, aiohttp.ClientError."""
        await connection.setLocalDescription(await connection.createOffer())
        headers = self._headers | {"Content-Type": "application/sdp"}
        offer = connection.localDescription.sdp
        async with self._http.post(self._url, data=offer.encode(), headers=headers) as answer:
            if answer.status != 201:
                raise CameraError(f"the server answered {answer.status}")
            self.location = urljoin(str(answer.url), answer.headers["Location"])
            self.etag = answer.headers.get("ETag")
            text = await answer.text()
        await connection.setRemoteDescription(RTCSessionDescription(sdp=text, type="answer"))

    async def delete(self) -> int:
        """End the session; the status. Raises CameraError when there is none, aiohttp.ClientError."""
        if self.location is None:
            raise CameraError("no session to end")
        async with self._http.delete(self.location, headers=self._headers) as answer:
            return answer.status


def http_session(ca: Path | None) -> aiohttp.ClientSession:
    """A client that trusts `ca` only (None: the system's authorities)."""
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context), timeout=REQUEST_TIMEOUT)

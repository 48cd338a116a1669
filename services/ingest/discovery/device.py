"""What an ONVIF device streams: its media service, its profiles, their RTSP addresses.

ONVIF Device (GetCapabilities, GetSystemDateAndTime) and Media (GetProfiles, GetStreamUri) services, version 10. It is
asked with a digest of the password (WS-Security UsernameToken Profile 1.0; HTTP digest where it challenges), by its own
clock. Only the host that answered the probe is asked.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import aiohttp

from services.ingest.discovery.xml import MAX_BYTES, BadXml, named, parse, texts
from services.ingest.errors import IngestError
from services.ingest.sources.rtsp.login import Login

DEVICE, MEDIA = "http://www.onvif.org/ver10/device/wsdl", "http://www.onvif.org/ver10/media/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"
MAX_PROFILES = 16
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
PASSWORD_DIGEST = f"{SECURITY}-username-token-profile-1.0#PasswordDigest"


class DeviceFault(IngestError):
    """The device did not say what it was asked; the text quotes nothing of it."""


@dataclass(frozen=True)
class Profile:
    """A stream. size: as the device says, like 640x360; url: without a login."""

    name: str
    codec: str
    size: str
    url: str


async def profiles_of(service: str, login: Login, patience_s: float) -> list[Profile]:
    """The streams of the device whose device service this is. Raises DeviceFault."""
    digest = aiohttp.DigestAuthMiddleware(login.user, login.password)
    timeout = aiohttp.ClientTimeout(total=patience_s)
    try:
        async with aiohttp.ClientSession(timeout=timeout, middlewares=(digest,)) as http:
            return await _Device(http, service, login).profiles()
    except (TimeoutError, aiohttp.ClientError, OSError, BadXml, ValueError, OverflowError) as error:
        raise DeviceFault(f"no answer that can be read ({type(error).__name__})") from None


class _Device:
    def __init__(self, http: aiohttp.ClientSession, service: str, login: Login) -> None:
        self._http, self._service, self._login = http, service, login
        self._ahead = timedelta()

    async def profiles(self) -> list[Profile]:
        with contextlib.suppress(DeviceFault, ValueError, OverflowError):  # by our clock, then
            self._ahead = (
                _utc(await self._ask(self._service, f'<GetSystemDateAndTime xmlns="{DEVICE}"/>', signed=False)) - _now()
            )
        asked = f'<GetCapabilities xmlns="{DEVICE}"><Category>Media</Category></GetCapabilities>'
        capabilities = await self._ask(self._service, asked)
        media = next((url for part in named(capabilities, "Media") for url in texts(part, "XAddr")), self._service)
        if urlsplit(media).hostname != urlsplit(self._service).hostname:
            raise DeviceFault("its media service is elsewhere")
        found = await self._ask(media, f'<GetProfiles xmlns="{MEDIA}"/>')
        return [await self._profile(media, one) for one in list(named(found, "Profiles"))[:MAX_PROFILES]]

    async def _profile(self, media: str, profile: ElementTree.Element) -> Profile:
        asked = (
            f'<GetStreamUri xmlns="{MEDIA}" xmlns:t="{SCHEMA}"><StreamSetup><t:Stream>RTP-Unicast</t:Stream>'
            f"<t:Transport><t:Protocol>RTSP</t:Protocol></t:Transport></StreamSetup>"
            f"<ProfileToken>{escape(profile.get('token', ''))}</ProfileToken></GetStreamUri>"
        )
        url = _first(await self._ask(media, asked), "Uri")
        encoder = next(named(profile, "VideoEncoderConfiguration"), ElementTree.Element("none"))
        size = f"{_first(encoder, 'Width')}x{_first(encoder, 'Height')}"
        return Profile(_first(profile, "Name"), _first(encoder, "Encoding"), size.strip("x"), _without_login(url))

    async def _ask(self, url: str, body: str, *, signed: bool = True) -> ElementTree.Element:
        head = self._token() if signed else ""
        message = f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>{head}</s:Header>'
        message += f"<s:Body>{body}</s:Body></s:Envelope>"
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
        async with self._http.post(url, data=message.encode(), headers=headers, allow_redirects=False) as answer:
            data = await _body(answer)
            if answer.status in (401, 403) or (answer.status != 200 and b"NotAuthorized" in data):
                raise DeviceFault("it refuses the login")
            if answer.status != 200:
                raise DeviceFault(f"status {answer.status}")
        return parse(data)

    def _token(self) -> str:
        """A UsernameToken with Base64(SHA-1(nonce + created + password))."""
        nonce, created = secrets.token_bytes(16), (_now() + self._ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
        proof = hashlib.sha1(nonce + created.encode() + self._login.password.encode(), usedforsecurity=False).digest()
        return (
            f'<w:Security xmlns:w="{SECURITY}-wssecurity-secext-1.0.xsd" '
            f'xmlns:u="{SECURITY}-wssecurity-utility-1.0.xsd">'
            f"<w:UsernameToken><w:Username>{escape(self._login.user)}</w:Username>"
            f'<w:Password Type="{PASSWORD_DIGEST}">{base64.b64encode(proof).decode()}</w:Password>'
            f"<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce><u:Created>{created}</u:Created>"
            f"</w:UsernameToken></w:Security>"
        )


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """The whole of it; one of more than MAX_BYTES is given up a little beyond them, and then refused as XML."""
    data = bytearray()
    async for part in answer.content.iter_any():
        data += part
        if len(data) > MAX_BYTES:
            break
    return bytes(data)


def _first(root: ElementTree.Element, name: str) -> str:
    return next(iter(texts(root, name)), "")


def _now() -> datetime:
    return datetime.now(UTC)


def _utc(answer: ElementTree.Element) -> datetime:
    """The device's clock. Raises ValueError, OverflowError: a year that no calendar has."""
    said = next(named(answer, "UTCDateTime"), ElementTree.Element("none"))
    year, month, day, hour, minute, second = (
        int(_first(said, name)) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")
    )
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _without_login(url: str) -> str:
    """Some devices put the login into the address."""
    try:
        where = urlsplit(url)
        host = where.netloc.rpartition("@")[2]
        return where._replace(netloc=host).geturl()
    except ValueError:
        return ""

"""How a login is proved to a camera: the digest that its challenge asks for (RFC 2617, 3.2), or over TLS the password.

RTSP takes HTTP's ways (RFC 2326, 1.6). Of digests MD5's alone is known to cameras' servers.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass

from services.ingest.sources.rtsp.errors import LoginUnsafe, LoginUnsupported
from services.ingest.sources.rtsp.login import Login

CHALLENGE = re.compile(r"(?im)^www-authenticate[ \t]*:[ \t]*(digest|basic)\b([^\r\n]*)")
PARAMETER = re.compile(r'(?<!\w)(\w{1,32})[ \t]{0,8}=[ \t]{0,8}(?:"([^"]*)"|([^\s",]+))')
"""In a time that grows as the text does: a camera's answer has 16 KiB."""
ALGORITHMS = ("md5", "md5-sess")


@dataclass
class Proof:
    """Of one login, by one challenge. stale: the camera knew the login, and wants it proved again."""

    login: Login
    basic: bool
    told: dict[str, str]
    count: int = 0

    @property
    def stale(self) -> bool:
        return self.told.get("stale", "").lower() == "true"

    def header(self, method: str, url: str) -> str:
        """Authorization, for one request, whose characters stand for bytes (latin-1); never to be shown."""
        if self.basic:
            plain = f"{self.login.user}:{self.login.password}".encode()
            return f"Authorization: Basic {base64.b64encode(plain).decode()}"
        self.count += 1
        user, password = _bytewise(self.login.user), _bytewise(self.login.password)
        said = {"username": user, "realm": self._of("realm"), "nonce": self._of("nonce"), "uri": url}
        count, own = f"{self.count:08x}", secrets.token_hex(8)
        who = _md5(f"{user}:{self._of('realm')}:{password}")
        if self._of("algorithm").lower() == "md5-sess":
            who = _md5(f"{who}:{self._of('nonce')}:{own}")
        between = self._of("nonce")
        bare = ""
        if "auth" in re.split(r"[\s,]+", self._of("qop")):
            between += f":{count}:{own}:auth"
            bare = f", qop=auth, nc={count}"
            said["cnonce"] = own
        said["response"] = _md5(f"{who}:{between}:{_md5(f'{method}:{url}')}")
        said |= {name: self._of(name) for name in ("opaque", "algorithm") if name in self.told}
        return "Authorization: Digest " + ", ".join(f'{name}="{value}"' for name, value in said.items()) + bare

    def _of(self, name: str) -> str:
        return self.told.get(name, "")


def proof_for(head: str, login: Login, *, secured: bool) -> Proof:
    """The proof that a refusal (401) asks for. Raises as `challenge_of`."""
    return Proof(login, *challenge_of(head, secured=secured))


def challenge_of(head: str, *, secured: bool) -> tuple[bool, dict[str, str]]:
    """(whether it wants the password itself, what it says of a digest). secured: over TLS, where that may cross.

    Raises LoginUnsafe, LoginUnsupported: nothing that it asks for can be given.
    """
    challenges = [(kind.lower(), _parameters(text)) for kind, text in CHALLENGE.findall(head)]
    for kind, told in challenges:
        if kind == "digest" and told.get("algorithm", "md5").lower() in ALGORITHMS:
            return False, told
    if secured and any(kind == "basic" for kind, _ in challenges):
        return True, {}
    if secured or any(kind == "digest" for kind, _ in challenges):
        raise LoginUnsupported("neither a digest of MD5, nor over TLS the password")
    raise LoginUnsafe("the password would cross in the clear")


def _parameters(text: str) -> dict[str, str]:
    return {name.lower(): quoted or bare for name, quoted, bare in PARAMETER.findall(text)}


def _bytewise(text: str) -> str:
    """UTF-8, a character a byte."""
    return text.encode().decode("latin-1")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("latin-1"), usedforsecurity=False).hexdigest()

"""Who may speak for which camera: the bearer token of RFC 6750, checked against the site in constant time."""

from __future__ import annotations

import re
from typing import Protocol

from services.ingest.sources.whip.errors import Forbidden, NotFound, Unauthorised

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{1,512}=*) *")


class Tokens(Protocol):
    """What of a site is needed here."""

    @property
    def camera_ids(self) -> tuple[str, ...]:
        """Every camera."""
        ...

    def token_matches(self, camera_id: str, token: str) -> bool:
        """Whether `token` is the camera's, in constant time."""
        ...


def check_token(site: Tokens, camera: str, authorization: str | None) -> None:
    """Whether a request with this Authorization header may act for `camera`.

    A stranger learns nothing about which cameras exist; a camera's own token tells it that another one is not there.

    Raises:
        Unauthorised: no token, or none that the site knows.
        NotFound: the token is good, the camera unknown.
        Forbidden: the token is another camera's.
    """
    if authorization is None:
        raise Unauthorised("send Authorization: Bearer <token>")
    found = _BEARER.fullmatch(authorization)
    if found is None:
        raise Unauthorised("Authorization is not a bearer token", "invalid_request")
    token = found[1]
    matches = [one for one in site.camera_ids if site.token_matches(one, token)]
    if camera in matches:
        return
    if not matches:
        raise Unauthorised("the token is not known", "invalid_token")
    if camera not in site.camera_ids:
        raise NotFound("no such camera")
    raise Forbidden("the token is another camera's")

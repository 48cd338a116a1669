"""Sign-in by a home's identity provider: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636).

What is asked of the browser's answer: the state that this browser was sent with, for ten minutes and once; of the ID
token the provider's signature by an asymmetric key, issuer, audience, time and the nonce of this very question.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.alerts.actor import Role
from services.alerts.people.accounts import PERSONS, Account, Accounts
from services.alerts.people.errors import NameTaken, NotAName, ProviderRefused
from services.alerts.people.secrets import kept_key, new_key
from services.alerts.people.sign_in_name import NAME_LIMIT, sign_in_name

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
FLOW_S = 600.0
FLOWS = 1000
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class ProviderRules:
    """What the home and its provider agreed on.

    back: the address of this page to which the browser returns. claim: of the ID token, a word or a list of words.
    roles: by word, "ROLE WARD..." or "ROLE *"; of several the first one that is listed counts.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    back: str
    claim: str = "groups"
    roles: Mapping[str, str] = field(default_factory=dict)

    def standing(self, claims: Mapping[str, Any]) -> tuple[Role, tuple[str, ...] | None]:
        """Role and wards by somebody's claims. Raises ProviderRefused for nobody of ours."""
        said = claims.get(self.claim, [])
        words = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        for word, standing in self.roles.items():
            if word in words:
                role, *wards = standing.split()
                return Role(role), None if wards == ["*"] else tuple(wards)
        raise ProviderRefused("no role is set for this person")


def check_roles(roles: Mapping[str, str]) -> None:
    """Raises ValueError for a standing that is no role of persons with wards."""
    for standing in roles.values():
        words = standing.split()
        if len(words) < 2 or words[0] not in [one.value for one in PERSONS]:
            raise ValueError("a standing is a role and its wards, or *")


@dataclass(frozen=True, slots=True)
class _Flow:
    state: str
    nonce: str
    verifier: str
    to: str
    until: float


class Provider:
    """Sends browsers to the provider and reads what they come back with. No I/O before that.

    verify: whom to believe that it is the provider, as httpx takes it. mono: seconds of a clock that nobody sets.
    """

    def __init__(self, rules: ProviderRules, accounts: Accounts, mono: Callable[[], float], verify: Any = True) -> None:
        self.rules = rules
        self._accounts = accounts
        self._mono = mono
        self._verify = verify
        self._flows: OrderedDict[str, _Flow] = OrderedDict()

    async def ask(self, to: str) -> tuple[str, str]:
        """Where a browser is sent, and the key that it keeps meanwhile. to: where it wants to go. ProviderRefused."""
        known = await self._configuration()
        key, flow = new_key(), _Flow(new_key(), new_key(), new_key(), to, self._mono() + FLOW_S)
        url = prepare_grant_uri(
            known["authorization_endpoint"],
            self.rules.client_id,
            "code",
            redirect_uri=self.rules.back,
            scope="openid profile",
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
        )
        self._flows[kept_key(key)] = flow
        if len(self._flows) > FLOWS:
            self._flows.popitem(last=False)
        return str(url), key

    async def answer(self, key: str, query: Mapping[str, str]) -> tuple[Account, str | None, str]:
        """Whose account it is, the provider's name of the session, and where the browser wanted to go.

        Raises ProviderRefused; RecordsUnavailable.
        """
        flow = self._flows.pop(kept_key(key), None)
        if flow is None or flow.until < self._mono() or query.get("state") != flow.state:
            raise ProviderRefused("not an answer to this browser's question")
        if query.get("iss", self.rules.issuer) != self.rules.issuer or "code" not in query:
            raise ProviderRefused(f"the provider said {query.get('error', 'nothing')[:40]}")
        claims = await self._claims(flow, query["code"])
        session = claims.get("sid")
        return await self._account(claims), session if isinstance(session, str) else None, flow.to

    async def _claims(self, flow: _Flow, code: str) -> dict[str, Any]:
        known = await self._configuration()
        try:
            async with self._http() as http:
                given = (await self._exchange(http, known["token_endpoint"], code, flow)).raise_for_status().json()
                keys = KeySet.import_key_set((await http.get(known["jwks_uri"])).raise_for_status().json())
            token = jwt.decode(given["id_token"], keys, algorithms=list(ALGORITHMS))
            wanted = {
                "iss": {"essential": True, "value": self.rules.issuer},
                "aud": {"essential": True, "value": self.rules.client_id},
                "exp": {"essential": True},
                "sub": {"essential": True},
            }
            params = {"nonce": flow.nonce, "client_id": self.rules.client_id}
            claims = CodeIDToken(token.claims, token.header, wanted, params)
            claims.validate(now=int(time.time()), leeway=60)
        except (AuthlibBaseError, JoseError, httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            raise ProviderRefused(f"its answer does not hold: {type(error).__name__}") from error
        return dict(claims)

    async def _account(self, claims: Mapping[str, Any]) -> Account:
        """The account of a subject, made or brought up to date. Never one of this ward's own under the same name."""
        role, wards = self.rules.standing(claims)
        subject = f"{self.rules.issuer}|{claims['sub']}"
        name = " ".join(str(claims.get("name") or claims["sub"]).split())[:NAME_LIMIT]
        account = await self._accounts.by_subject(subject)
        if account is None:
            try:
                login = sign_in_name(str(claims.get("preferred_username") or claims["sub"]))
                return await self._accounts.add(login, name, role, wards, subject=subject)
            except (NameTaken, NotAName):
                try:
                    return await self._accounts.add(kept_key(subject)[:32], name, role, wards, subject=subject)
                except NameTaken:
                    raise ProviderRefused("this account is over") from None
        if (account.name, account.role, account.wards) != (name, role, wards):
            scope = None if wards is None else list(wards)
            await self._accounts.change(account.id, name=name, role=role.value, wards=scope)
            return await self._accounts.by_id(account.id)
        return account

    async def _configuration(self) -> dict[str, str]:
        """What the provider says of itself (OpenID Connect Discovery 1.0). Raises ProviderRefused."""
        address = self.rules.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            async with self._http() as http:
                known: dict[str, str] = (await http.get(address)).raise_for_status().json()
            if known["issuer"] != self.rules.issuer:
                raise ProviderRefused("it calls itself otherwise")
            return {name: str(known[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise ProviderRefused(f"it does not answer: {type(error).__name__}") from error

    async def _exchange(self, http: httpx.AsyncClient, endpoint: str, code: str, flow: _Flow) -> httpx.Response:
        """The code for tokens (RFC 6749, section 4.1.3). A client with a secret shows that by HTTP Basic."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.rules.back,
            "code_verifier": flow.verifier,
        }
        if self.rules.client_secret:
            return await http.post(endpoint, data=asked, auth=(self.rules.client_id, self.rules.client_secret))
        return await http.post(endpoint, data=asked | {"client_id": self.rules.client_id})

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=self._verify, timeout=TIMEOUT_S)

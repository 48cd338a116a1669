"""A browser of the test's own: its cookies, the page it was last shown, that page's forms."""

from __future__ import annotations

import re

import httpx

from tests.services.alerts.people.crowd import PASSWORD

ATTRIBUTES = {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}


class Browser:
    """A browser that keeps the page's cookies, also over plain HTTP to this machine, as Chromium does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        self.text = ""

    async def get(self, path: str) -> httpx.Response:
        return self._seen(await self.client.get(path, headers=self._headers()))

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the page that was last seen."""
        token = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.text)
        assert token is not None, self.text
        return self._seen(await self.client.post(path, data=fields | {"form_token": token[1]}, headers=self._headers()))

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/sign-in")
        return await self.send("/sign-in", login=login, password=password)

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={key}" for name, key in self.cookies.items())} if self.cookies else {}

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        for line in answer.headers.get_list("set-cookie"):
            name, _, key = line.split(";")[0].partition("=")
            parts = {part.strip() for part in line.split(";")[1:]}
            assert parts >= ATTRIBUTES and not [part for part in parts if part.startswith("Domain")], line
            if "Max-Age=0" in parts:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = key
        self.text = answer.text if answer.headers.get("content-type", "").startswith("text/html") else self.text
        return answer

"""A FHIR server of others, run by node, and what it holds."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from localsite.process import Process
from tests.support.waiting import PATIENCE_S

SCRIPT = Path(__file__).with_name("server.mjs")
TOKEN = "care-record-token"


@dataclass(frozen=True)
class FhirServer:
    """url: its base, which transactions are posted to."""

    url: str
    token_file: Path

    async def holds(self, kind: str, query: str = "") -> list[dict[str, Any]]:
        """The resources of a type that it has."""
        async with self._client() as client:
            answer = (await client.get(f"{self.url}{kind}?_count=1000&{query}")).raise_for_status().json()
        return [entry["resource"] for entry in answer.get("entry", [])]

    async def refuse(self, count: int) -> None:
        """Answer the next transactions with 503."""
        async with self._client() as client:
            (await client.post(f"{self.url}refuse", content=str(count))).raise_for_status()

    async def post(self, body: bytes) -> httpx.Response:
        async with self._client() as client:
            return await client.post(self.url, content=body)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=PATIENCE_S, headers={"Authorization": f"Bearer {TOKEN}"})


@contextmanager
def fhir_server(directory: Path) -> Iterator[FhirServer]:
    """One that runs and has nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token_file = directory / "fhir.token"
    token_file.write_text(f"{TOKEN}\n")
    process = Process("fhir", ["node", str(SCRIPT), str(port), TOKEN], directory / "fhir.log").start()
    try:
        process.wait_for("fhir", lambda: "listening" in process.log_end() or None)
        yield FhirServer(f"http://127.0.0.1:{port}/", token_file)
    finally:
        process.kill()

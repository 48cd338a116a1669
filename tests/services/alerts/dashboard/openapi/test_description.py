"""The API's description: complete by the table of who may, and true of a running page, as Schemathesis finds it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import pytest_asyncio

from services.alerts.actor import Role
from services.alerts.dashboard.access.rules import RULES, RulesIncomplete
from services.alerts.dashboard.openapi import document as described
from services.alerts.dashboard.openapi.document import document
from services.alerts.dashboard.openapi.operations import DESCRIPTION, OPERATIONS
from services.alerts.people.tokens import TokenScope
from services.alerts.policy.alert import Outcome
from tests.services.alerts.bench import Bench
from tests.services.alerts.page import Page, served

TRIES = 12
SETTINGS = """# Texts of characters that do not print are refused, which patterns of JSON Schema cannot say.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422"]
"""
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Ward:
    """A served ward with an open alert, one that ended, and a program's token. real: values of the paths' parts."""

    page: Page
    token: str
    real: dict[str, list[str]]

    async def schema(self) -> dict[str, Any]:
        """What the page serves, with this ward's own names as the values of its parameters."""
        async with httpx.AsyncClient(base_url=self.page.url) as anybody:
            found: dict[str, Any] = (await anybody.get(DESCRIPTION)).json()
        for operations in found["paths"].values():
            for one in operations.values():
                for part in one["parameters"]:
                    part["schema"] = {"enum": [*self.real[part["name"]], "nowhere"]}
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ward]:
    bench = Bench(tmp_path_factory.mktemp("ward"))
    await bench.alive()
    ended = await bench.raised("room-1")
    await bench.accept(ended)
    await bench.arrive(ended)
    await bench.resolve(ended, Outcome.PAIN_TREATED, reason="turned")
    open_alert = await bench.raised("room-2", 3, 30)
    async with served(bench) as (page, _):
        lasts = timedelta(days=2)
        token, _token = await page.people.tokens.make("Schemathesis", list(TokenScope), None, "olga", lasts)
        real = {"ward": ["ward-1"], "alert": [open_alert, ended], "room": ["room-1", "room-2"]}
        camera = "ward-1/room-1/cam-room-1"
        yield Ward(page, token, real | {"scope": ["ward-1", camera], "key": [f"{camera}/ingest.offline"]})


async def schemathesis(ward: Ward, folder: Path, *headers: str) -> str:
    """Try the description on the page, by seeded requests. Fails with what it printed."""
    described = folder / "openapi.json"
    described.write_text(json.dumps(await ward.schema()))
    (folder / "schemathesis.toml").write_text(SETTINGS)
    # A number is taken where a text is asked for, so that data it takes for wrong may be right.
    options = ["--exclude-checks", "negative_data_rejection", "--phases", "examples,coverage,fuzzing"]
    options += ["--max-examples", str(TRIES), "--seed", "20", "--no-color", "--url", ward.page.url]
    for one in headers:
        options += ["--header", one]
    ran = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", str(described), *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder,
    )  # fmt: skip
    printed, _ = await ran.communicate()
    assert ran.returncode == 0, printed.decode()
    return printed.decode()


async def test_schemathesis_finds_the_description_true_with_a_token(ward: Ward, tmp_path: Path) -> None:
    await schemathesis(ward, tmp_path, f"Authorization: Bearer {ward.token}")


async def test_and_without_one(ward: Ward, tmp_path: Path) -> None:
    await schemathesis(ward, tmp_path)


async def test_a_nurses_answers_are_as_described_too(ward: Ward) -> None:
    """What no token may: plans and technical alarms, and the ward in full."""
    nurse, found = await ward.page.client("Nora", Role.NURSE), document()
    plan = {"reason": "her calm face reads 1", "review_on": "2026-05-01", "baseline": 1}
    asked = [
        ("POST", "/api/v1/plans/{scope}", f"/api/v1/plans/{ward.real['scope'][1]}", plan),
        ("GET", "/api/v1/wards/{ward}/plans", "/api/v1/wards/ward-1/plans", None),
        ("GET", "/api/v1/ward/{ward}", "/api/v1/ward/ward-1", None),
        ("GET", "/api/v1/alerts", "/api/v1/alerts", None),
    ]
    for method, template, path, body in asked:
        answer = await nurse.request(method, path, json=body)
        assert answer.status_code == 200, (path, answer.text)
        name = found["paths"][template][method.lower()]["responses"]["200"]["content"]["application/json"]["schema"]  # type: ignore[index]
        jsonschema.Draft202012Validator(name | {"components": found["components"]}).validate(answer.json())


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"outcome": {"of": "pain"}}', b'{"reason": true}', b"\xff"])
async def test_a_body_that_says_nothing_is_refused(ward: Ward, body: bytes) -> None:
    nurse = await ward.page.client("Nora", Role.NURSE)
    path = f"/api/v1/alerts/{ward.real['alert'][0]}/ack"
    assert (await nurse.post(path, content=body, headers={"Content-Type": "application/json"})).status_code == 422


async def test_a_route_of_the_api_that_is_not_described_fails_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    short = {one: said for one, said in OPERATIONS.items() if one != ("GET", "/api/v1/rejected")}
    monkeypatch.setattr(described, "OPERATIONS", short)
    with pytest.raises(RulesIncomplete, match="GET /api/v1/rejected"):
        document()
    assert ("GET", "/api/v1/rejected") in RULES

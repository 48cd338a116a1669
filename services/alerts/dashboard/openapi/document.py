"""The description of the API, OpenAPI 3.1, from the operations, the schemas and the table of who may."""

import re
from collections.abc import Iterable, Mapping

from services.alerts.dashboard.access.rules import RULES, RulesIncomplete
from services.alerts.dashboard.openapi.operations import DESCRIPTION, OPERATIONS, PREFIX, Operation
from services.alerts.dashboard.openapi.schemas import SCHEMAS, TEXT, Schema, of
from services.alerts.people.rights import SCOPE_RIGHTS, Right

ABOUT = """The wards of a site: levels and alerts, and what people do about them. A program carries a token, which an
overseer makes on the page of people for some wards, some scopes and some time. Levels come from a machine's reading of
a facial expression: they support, and never replace, a look at the person."""
REFUSALS = {
    "400": "Not addressed to this page, or not readable",
    "401": "No token, or one that has ended",
    "403": "The token's scopes do not hold this",
    "404": "Not there, or in none of the token's wards",
    "409": "It is otherwise by now; error says how",
    "413": "More than a body may hold",
    "422": "What was sent says nothing that can be done; detail says why",
    "503": "Who may cannot be said while the database is away, or another replica leads by now",
}


def document() -> Schema:
    """The whole description. Raises RulesIncomplete for a route of the API without an operation, or the reverse."""
    api = {one for one in RULES if one[1].startswith(PREFIX) and one[1] != DESCRIPTION}
    strange = sorted(api ^ OPERATIONS.keys())
    if strange:
        raise RulesIncomplete("; ".join(f"{method} {path} is not described as it is" for method, path in strange))
    paths: dict[str, Schema] = {}
    for (method, template), operations in OPERATIONS.items():
        right = RULES[method, template].right
        for one in operations:
            for path in one.paths(template):
                paths.setdefault(path, {})[method.lower()] = _operation(one, path, right)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Veilward, the ward", "version": "1", "description": ABOUT},
        "paths": paths,
        "security": [{"token": []}],
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation, path: str, right: Right | None) -> Schema:
    scopes = [scope.value for scope, held in SCOPE_RIGHTS.items() if held is right]
    needed = f"A token of the scope {scopes[0]}." if scopes else "For people who are signed in; no token holds it."
    described: Schema = {
        "operationId": "-".join(re.findall(r"[a-z_]+", path.removeprefix(PREFIX))),
        "summary": one.summary,
        "description": needed,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {**TEXT, "minLength": 1}}
            for name in re.findall(r"\{(\w+)\}", path)
        ],
        "responses": {"200": _answer("Done", of(one.answer)), **_refusals(_statuses(one))},
    }
    if one.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": of(one.body)}}}
    return described


def _statuses(one: Operation) -> Iterable[str]:
    yield from ("400", "401", "403", "404", "413", "503")
    if one.conflicts:
        yield "409"
    if one.checked:
        yield "422"


def _refusals(statuses: Iterable[str]) -> Mapping[str, Schema]:
    return {status: _answer(REFUSALS[status], of("Refusal")) for status in sorted(statuses)}


def _answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}

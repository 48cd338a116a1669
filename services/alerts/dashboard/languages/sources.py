"""Every text that the pages can say, found in the sources: templates, scripts, and Python that writes for people.

In templates and scripts it is what stands in _() and trans. In Python it is every literal that begins with a capital
letter and goes on in small ones, which names of things for programs do not here, what is given to Phrase, and the
texts of errors that people are shown; and what the registers of states, roles and rules hold.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file

from services.alerts.actor import Role, Way
from services.alerts.dashboard.access.rules import RULES
from services.alerts.dashboard.languages.scripts import script_texts
from services.alerts.people.tokens import TokenScope
from services.alerts.records.access_log import Kind

ALERTS = Path(__file__).parents[2]
DASHBOARD = ALERTS / "dashboard"
WRITERS = (
    *("self_check.py", "policy/technical.py", "policy/camera_to_ward.py", "policy/care_plan.py", "policy/shifts.py"),
    *("policy/holds.py", "state/care_plan_codec.py", "state/ward_desk.py"),
    *("policy/consent.py", "state/consent_book.py", "consent_codec.py", "notify/trial.py"),
    *("people/passwords.py", "people/sign_in_name.py", "people/accounts.py", "people/tokens.py"),
)
"""Modules outside the dashboard whose texts people read."""
FOR_PROGRAMS = (DASHBOARD / "languages", DASHBOARD / "openapi")
"""What nobody reads on a page: this package, and the description of the API, which is in English."""
SHOWN_ERRORS = frozenset({"WeakSecret", "NotAName", "NameTaken", "PlanError", "ConsentError", "Wrong", "Phrase"})
NOT_FOR_PEOPLE = re.compile(r"[A-Z][a-z]+(-[A-Z][A-Za-z]*)+|Connection")
"""Names of HTTP headers."""
FOR_PEOPLE = re.compile(r"[A-Z][a-z’' ]")
OUTCOMES = ("done", "refused", "failed")


def modules() -> list[Path]:
    """The Python files that write for people."""
    own = [one for one in sorted(DASHBOARD.rglob("*.py")) if one.parent not in FOR_PROGRAMS]
    return own + [ALERTS / one for one in WRITERS]


def registers() -> Iterator[str]:
    """Words that the records and the pages of people show as they are kept."""
    yield from (rule.what for rule in RULES.values())
    for words in (Role, Way, Kind, TokenScope):
        yield from (one.value for one in words)
    yield from OUTCOMES
    yield from ("sign in", "somebody")


def python_texts(source: str) -> Iterator[tuple[int, str]]:
    """The texts for people of a module, by line. Raises ValueError for one that is put together as it is read."""
    tree = ast.parse(source)
    prose = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.JoinedStr):
            first = one.values[0] if one.values else None
            prose |= {id(part) for part in one.values}
            if isinstance(first, ast.Constant) and FOR_PEOPLE.match(str(first.value)) and " " in str(first.value):
                raise ValueError(f"line {one.lineno}: {ast.unparse(one)} cannot be translated: make it a Phrase")
        if isinstance(one, ast.Call) and _called(one) in SHOWN_ERRORS and one.args:
            if isinstance(one.args[0], ast.JoinedStr):
                raise ValueError(f"line {one.lineno}: {ast.unparse(one)} cannot be translated: make it a Phrase")
            if isinstance(one.args[0], ast.Constant) and isinstance(one.args[0].value, str):
                yield one.lineno, one.args[0].value
    for one in ast.walk(tree):
        if not isinstance(one, ast.Constant) or not isinstance(one.value, str) or id(one) in prose:
            continue
        if FOR_PEOPLE.match(one.value) and not NOT_FOR_PEOPLE.fullmatch(one.value):
            yield one.lineno, one.value


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def texts() -> Catalog:
    """All of them, with where they stand."""
    catalogue = Catalog(project="Veilward", charset="utf-8")
    for path in sorted((DASHBOARD / "templates").rglob("*.html")):
        options = {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
        for _, text, _, _ in extract_from_file("jinja2", path, options=options):
            _add(catalogue, text, path)
    for text in script_texts():
        catalogue.add(text, locations=[("static", 0)])
    for path in modules():
        for _, text in python_texts(path.read_text()):
            _add(catalogue, text, path)
    for text in registers():
        catalogue.add(text, locations=[("registers", 0)])
    catalogue.add("%(day)s %(month)s", locations=[("language", 0)])
    return catalogue


def _add(catalogue: Catalog, text: str | tuple[str, ...], path: Path) -> None:
    catalogue.add(text, locations=[(str(path.relative_to(ALERTS)), 0)])

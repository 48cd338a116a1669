"""What a look at an installation found, and how it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.runtime.settings import ServiceSettings


class Verdict(StrEnum):
    """OK: nothing is needed. WARN: it works, and will not for ever, or nobody could tell. FAIL: it does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """about: what was looked at. said: what was found. todo: what helps; of what is well, nothing.

    None of it quotes a secret: no password, no address with one, no key.
    """

    about: str
    verdict: Verdict
    said: str
    todo: str = ""


def ok(about: str, said: str) -> Finding:
    """It is well."""
    return Finding(about, Verdict.OK, said)


def warn(about: str, said: str, todo: str) -> Finding:
    """It works now."""
    return Finding(about, Verdict.WARN, said, todo)


def fail(about: str, said: str, todo: str) -> Finding:
    """It does not work."""
    return Finding(about, Verdict.FAIL, said, todo)


Look = Callable[[], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True)
class Examination:
    """What is looked at of one service. kind: its settings. looks: by what each looks at."""

    kind: type[ServiceSettings]
    looks: Callable[[ServiceSettings], dict[str, Look]]

"""The settings that every service shares; each service subclasses them with its own prefix.

    class Settings(ServiceSettings):
        model_config = service_config("INGEST")      # reads VEILWARD_INGEST_*
        site_file: Path

They are read once, in `main`, by `load(Settings)`, and passed down.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as NotJson

from services.runtime.errors import SettingsError

S = TypeVar("S", bound="ServiceSettings")


def service_config(service: str) -> SettingsConfigDict:
    """Frozen, extra-forbidding configuration whose variables start with `VEILWARD_<SERVICE>_`."""
    return SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=f"VEILWARD_{service.upper()}_",
        hide_input_in_errors=True,
    )


class ServiceSettings(BaseSettings):
    """Common settings. A port of 0 means any free port; durations are in seconds.

    health_host, health_port: where /healthz, /readyz and /metrics are served. port_file: told the ports that were
    taken, as JSON. drain_s: how long what is in hand may take to end, once the process is told to stop. log_level: the
    least that is logged.
    """

    model_config = service_config("SERVICE")

    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65535)
    port_file: Path | None = None
    drain_s: float = Field(default=5.0, ge=0.0, le=300.0)
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$")


def unknown_variables(kind: type[ServiceSettings], environment: dict[str, str]) -> tuple[str, ...]:
    """The variables that carry the service's prefix but name no field of it: usually a misspelling."""
    prefix = kind.model_config.get("env_prefix", "").upper()
    known = {f"{prefix}{name}".upper() for name in kind.model_fields}
    return tuple(sorted(name for name in environment if name.upper().startswith(prefix) and name.upper() not in known))


def load(kind: type[S]) -> S:
    """Read the environment once.

    Raises:
        SettingsError: a variable is unknown, missing or out of range; values are never quoted.
    """
    unknown = unknown_variables(kind, dict(os.environ))
    if unknown:
        raise SettingsError(unknown, "unknown settings")
    prefix = kind.model_config.get("env_prefix", "").upper()
    try:
        return kind()
    except NotJson as error:  # of a field that holds several values; its text names the field alone
        names = tuple(prefix + name.upper() for name in re.findall(r'field "(\w+)"', str(error)))
        raise SettingsError(names, 'not JSON: several are written ["one", "two"], a table {"one": "two"}') from None
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        names = tuple(prefix + ".".join(str(part) for part in problem["loc"]).upper() for problem in problems)
        reasons = "; ".join(sorted({problem["msg"] for problem in problems}))
        raise SettingsError(names, reasons) from None

"""The file that names share servers to each other and to who asks: JSON, by role, of host, port and SPIFFE id."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from snni.errors import BundleError
from snni.multiparty.roles import Role, Setting
from snni.session.tls import Endpoint


class _Where(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    spiffe_id: str = Field(pattern=r"^spiffe://[^/]+/(.*[^/])$")  # with a "/" at its end it would stand for many


class _Peers(RootModel[dict[Role, _Where]]):
    pass


def read_peers(path: Path, setting: Setting = Setting.THREE_PASSIVE) -> dict[Role, Endpoint]:
    """Raises BundleError: not there, not such a file, of other servers than the setting's, or one id twice."""
    try:
        named = _Peers.model_validate_json(path.read_bytes()).root
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise BundleError(f"{path}: {where}: {first['msg']}") from None
    if set(named) != set(setting.roles):
        wanted = ", ".join(role.value for role in setting.roles)
        raise BundleError(f"{path}: names other servers than the {setting.value}: {wanted}")
    if len({one.spiffe_id for one in named.values()}) < len(named):
        raise BundleError(f"{path}: two servers have one SPIFFE id: whoever holds it would be both of them")
    return {role: Endpoint(one.host, one.port, one.spiffe_id) for role, one in named.items()}

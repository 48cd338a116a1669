"""How far a stream is behind those that it takes its messages from: the ward's behind each room device's."""

from __future__ import annotations

from typing import Annotated

from nats import errors as nats_errors
from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.bus.errors import BusUnavailable

NANOSECONDS = 1e-9


class _Said(BaseModel):
    """A part of the server's answer; fields that are not named here are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _External(_Said):
    api: Annotated[str, Field(pattern=r"^\$JS\.[a-z0-9-]+\.API$")]


class SourceState(_Said):
    """lag: messages that wait there, as far as the server knows. active: nanoseconds since it was heard, or -1."""

    external: _External
    lag: Annotated[int, Field(ge=0)] = 0
    active: Annotated[int, Field(ge=-1)] = -1

    @property
    def domain(self) -> str:
        """The JetStream domain: the room device."""
        return self.external.api.split(".")[1]

    @property
    def silent_s(self) -> float | None:
        """Seconds since the server heard of it; None: never."""
        return None if self.active < 0 else self.active * NANOSECONDS


class _Answer(_Said):
    sources: tuple[SourceState, ...] = ()


async def sources(client: Client, stream: str, wait_s: float) -> tuple[SourceState, ...]:
    """Of a stream, a word on each. Raises BusUnavailable."""
    subject = f"$JS.API.STREAM.INFO.{stream}"
    try:
        answer = await client.request(subject, b"", timeout=wait_s)
        return _Answer.model_validate_json(answer.data).sources
    except (nats_errors.Error, TimeoutError, OSError) as error:
        raise BusUnavailable(f"{subject}: {type(error).__name__}") from None
    except ValidationError as error:
        raise BusUnavailable(f"{subject}: no such answer, {error.error_count()} faults") from None

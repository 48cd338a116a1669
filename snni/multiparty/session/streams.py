"""Which server opens a stream to which, in each setting, and how it is called at both ends. One table."""

from __future__ import annotations

from dataclasses import dataclass

from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.session.messages import Stream


@dataclass(frozen=True)
class _Between:
    """settings: of which; all if empty."""

    stream: Stream
    opener: Role
    others: tuple[Role, ...]
    settings: tuple[Setting, ...] = ()


_ACTIVE = tuple(setting for setting in Setting if setting.active)

_BETWEEN = (
    _Between("deal", Role.DEALER, EVALUATORS),
    _Between("open", Role.FIRST, (Role.SECOND,)),
    _Between("open", Role.SECOND, (Role.FIRST,)),
    _Between("check", Role.FIRST, (Role.DEALER,), _ACTIVE),
    _Between("check", Role.SECOND, (Role.DEALER,), _ACTIVE),
    _Between("witness", Role.WITNESS, (Role.DEALER, *EVALUATORS), (Setting.FOUR_ACTIVE,)),
    _Between("prove", Role.FIRST, (Role.SECOND,), (Setting.THREE_ACTIVE,)),
)


def _in(setting: Setting) -> list[_Between]:
    return [one for one in _BETWEEN if not one.settings or setting in one.settings]


def asked_streams(role: Role, setting: Setting) -> tuple[Stream, ...]:
    """What who asks opens at a server of that role."""
    if role in EVALUATORS:
        return ("ask", "work")
    return ("ask", "verdict") if role is Role.DEALER and setting.active else ("ask",)


def outward(role: Role, setting: Setting) -> dict[str, tuple[Role, Stream]]:
    """What a server of that role opens: to whom, and what it is called in HELLO; by its name here."""
    return {
        to(one.stream, other): (other, one.stream) for one in _in(setting) if one.opener is role for other in one.others
    }


def openers(stream: Stream, own: Role, setting: Setting) -> tuple[Role, ...]:
    """The servers that may open it at a server of role ``own``; none where no server may."""
    return tuple(one.opener for one in _in(setting) if one.stream == stream and own in one.others)


def needed(role: Role, setting: Setting) -> tuple[str, ...]:
    """Names of all streams of a session at a server of that role."""
    inward = [came(one.stream, one.opener) for one in _in(setting) if role in one.others]
    return (*asked_streams(role, setting), *outward(role, setting), *inward)


def to(stream: Stream, other: Role) -> str:
    """The name of a stream at who opened it."""
    return f"{stream} to {other.value}"


def came(stream: Stream, opener: Role) -> str:
    """The name of a stream at who was called."""
    return f"{stream} from {opener.value}"

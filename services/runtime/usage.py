"""What a service answers to `--help`: what runs it, which words it takes, and its settings."""

from __future__ import annotations

from collections.abc import Iterable

from services.runtime.settings import ServiceSettings


def usage(name: str, kind: type[ServiceSettings], commands: Iterable[str]) -> str:
    """Lines for a terminal. name: the service's; commands: first words that are answered in its place."""
    program = f"veilward-{name.replace('_', '-')}"
    words = sorted(commands)
    lines = [f"usage: {program}", *(f"       {program} {word} --help" for word in words), ""]
    lines += ["Alone it runs the service until SIGTERM, with these variables, explained in docs/installer.md:"]
    prefix = kind.model_config.get("env_prefix", "").upper()
    for field, info in kind.model_fields.items():
        given = "required" if info.is_required() else _shown(info.get_default(call_default_factory=True))
        lines.append(f"  {prefix}{field.upper()} ({given})")
    return "\n".join([*lines, "", "`veilward doctor` says whether those that are set will do."])


def _shown(default: object) -> str:
    return "none" if default in (None, "", (), [], {}) else str(default)

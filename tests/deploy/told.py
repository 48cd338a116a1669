"""Commands of deploy/README.md, run as they stand there.

follow("deploy/certificates/issue /srv/home/overlay/keys", {"/srv/home": directory}) runs one, with this machine's words
for the page's; told(...) only gives its words. Both refuse what the page does not tell, and tests/deploy/test_told.py
finds the commands of the page that no test names.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.deploy.manifests import ROOT

PAGE = ROOT / "deploy" / "README.md"
PROGRAMS = {"docker", "kubectl", "npm", "openssl", "pg_dump", "podman-compose", "psql", "pytest", "python", "sha256sum"}
PROGRAMS |= {"./run", "cp", "install", "mkdir", "veilward", "veilward-alerts"}
FENCED = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
ASSIGNED = re.compile(r"^([A-Z_]+=\S+ )*")
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")


def commands() -> list[str]:
    """Every command that the page tells, in its order: lines of blocks, and spans that begin with a program."""
    blocks = [line for block in FENCED.findall(PAGE.read_text()) for line in _lines(block)]
    return blocks + [span for span in spans() if _is_command(span)]


def spans() -> list[str]:
    """What the page has in backticks within its text."""
    return [re.sub(r"\s+", " ", span) for span in SPAN.findall(FENCED.sub("", PAGE.read_text()))]


def _lines(block: str) -> Iterator[str]:
    for line in block.replace("\\\n", "").splitlines():
        command = line.partition("  #")[0].strip()
        if command and not command.startswith("#"):
            yield re.sub(r"\s+", " ", command)


def _is_command(span: str) -> bool:
    program, _, rest = ASSIGNED.sub("", span).partition(" ")
    executable = (ROOT / program).is_file() and os.access(ROOT / program, os.X_OK)
    return (program in PROGRAMS and bool(rest)) or (executable and "/" in program)


def told(command: str, names: Mapping[str, object] | None = None) -> str:
    """The command, with these words in place of the page's. Raises AssertionError: the page does not tell it."""
    assert command in commands(), f"deploy/README.md does not tell: {command}"
    for name, meant in (names or {}).items():
        assert name in command
        command = command.replace(name, shlex.quote(str(meant)))
    return command


def follow(
    command: str,
    names: Mapping[str, object] | None = None,
    programs: Path | None = None,
    directory: Path = ROOT,
    **environment: str,
) -> str:
    """What it printed. programs: a folder of those that the reader has and this machine has not.

    Raises AssertionError with what it complained of.
    """
    search = [str(programs)] if programs else []
    search += [str(Path(sys.executable).parent), os.environ["PATH"]]
    done = subprocess.run(
        ["bash", "-c", told(command, names)],
        cwd=directory,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": ":".join(search)} | environment,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout

"""The command line: the first account, passwords, tokens; run as an operator runs it, with the service's settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from services.alerts.people import commands
from services.alerts.people.errors import SignInRefused
from tests.services.alerts.people.crowd import PASSWORD, Crowd, database_at
from tests.services.alerts.process import AlertsProcess


async def test_accounts_from_nothing_and_no_password_that_nobody_chose(nats_pair: NatsPair, tmp_path: Path) -> None:
    process = AlertsProcess(nats_pair, f"unix://{tmp_path}/none.sock", tmp_path / "alerts")
    assert process.answer("people", "list") == ""
    options = ("--role", "overseer", "--every-ward", "--url", "https://ward.example/")
    link = process.answer("people", "add", "Olga", "--name", "Olga Ruiz", *options)
    key = re.fullmatch(r"https://ward\.example/link/([\w-]{43})", link)
    assert key is not None
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    process.answer("people", "add", "ada", "--role", "nurse", "--ward", "ward-1", "--password-file", str(secret))
    token = process.answer("people", "token", "Wall", "--scope", "see", "--ward", "ward-1", "--days", "3")
    assert process.answer("people", "list").splitlines() == [
        "olga\toverseer\tevery ward\tOlga Ruiz",
        "ada\tnurse\tward-1\tada",
    ]
    database = database_at(tmp_path / "alerts")
    await database.open()
    crowd = Crowd(database)
    found = await crowd.tokens.find(token)
    assert found is not None
    assert found.wards == ("ward-1",)
    assert (await crowd.accounts.by_login("olga")).password is None  # type: ignore[union-attr]
    _, session = await crowd.sign_in.by_password("ada", PASSWORD, "192.0.2.1")
    assert session.actor.wards == ("ward-1",)
    process.answer("people", "end", "ada")
    with pytest.raises(SignInRefused):
        await crowd.sign_in.by_password("ada", PASSWORD, "192.0.2.1")
    await database.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "ada", "--role", "nurse"), "give --every-ward, or --ward one of: ward-1"),
        (("add", "ada", "--role", "nurse", "--ward", "nowhere"), "give --every-ward, or --ward one of: ward-1"),
        (("add", "a b", "--role", "nurse", "--every-ward"), "a sign-in name has letters"),
        (("link", "nobody"), "no such account"),
    ],
)
def test_what_cannot_be_done_is_said(
    nats_pair: NatsPair,
    tmp_path: Path,
    arguments: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    process = AlertsProcess(nats_pair, f"unix://{tmp_path}/none.sock", tmp_path / "alerts")
    for name, value in process._environment.items():
        monkeypatch.setenv(name, value)
    assert commands.main(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_prompt_without_a_terminal_says_what_to_do(
    nats_pair: NatsPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by `kubectl exec` without -it."""

    def nobody_answers(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(commands.getpass, "getpass", nobody_answers)
    process = AlertsProcess(nats_pair, f"unix://{tmp_path}/none.sock", tmp_path / "alerts")
    for name, value in process._environment.items():
        monkeypatch.setenv(name, value)
    assert commands.main(("add", "ada", "--role", "nurse", "--every-ward", "--prompt")) == 2
    assert "kubectl exec -it" in capsys.readouterr().err

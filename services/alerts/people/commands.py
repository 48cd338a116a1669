"""`veilward-alerts people ...`: accounts and tokens from the command line, with the service's own settings.

The first account of a ward is made here; nothing has a password that was not chosen for it.
"""

import argparse
import asyncio
import getpass
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.alerts.actor import Role
from services.alerts.certificates import database_context, redis_context
from services.alerts.errors import AlertsError
from services.alerts.people.accounts import PERSONS, Account
from services.alerts.people.errors import UnknownPerson, WeakSecret
from services.alerts.people.passwords import usable_password
from services.alerts.people.people import People
from services.alerts.people.sign_in_name import sign_in_name
from services.alerts.people.tokens import TokenScope
from services.alerts.records.database import Database
from services.alerts.redis_client import redis_client
from services.alerts.settings import AlertsSettings
from services.runtime.errors import ConfigurationError
from services.runtime.settings import load
from services.site.file import load_site
from services.site.records import Site

COMMAND = "command line"


class Refused(Exception):
    """What was asked for cannot be done; its text says why."""


def main(arguments: Sequence[str]) -> int:
    """0; 2 after a message that says what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(AlertsSettings)
        print(asyncio.run(_run(options, settings, load_site(settings.site_file).looked_after)))
    except (AlertsError, ConfigurationError, Refused, ValueError, OSError) as error:
        print(f"veilward-alerts people: {error}", file=sys.stderr)
        return 2
    return 0


async def _run(options: argparse.Namespace, settings: AlertsSettings, site: Site) -> str:
    database = Database(settings.database_address, database_context(settings))
    redis = redis_client(settings.redis_url.get_secret_value(), redis_context(settings))
    people = People(database, redis, site.site, lambda: datetime.now(UTC), time.monotonic)
    try:
        await database.open()
        match options.what:
            case "add":
                return await _add(people, options, site)
            case "link":
                return await _link(people, await _account(people, options.login), options.url)
            case "password":
                return await _password(people, options)
            case "end":
                await people.end_account(await _account(people, options.login))
                return "ended"
            case "token":
                return await _token(people, options, site)
            case _:
                return "\n".join(map(_line, await people.accounts.all()))
    finally:
        await people.sessions.close()
        await database.close()


async def _add(people: People, options: argparse.Namespace, site: Site) -> str:
    login, wards = sign_in_name(options.login), _wards(options, site)
    password = _read_password(options, login)
    kept = await people.passwords.hash(password) if password else None
    account = await people.accounts.add(login, options.name or options.login, Role(options.role), wards, kept)
    return "added" if password else await _link(people, account, options.url)


async def _link(people: People, account: Account, url: str) -> str:
    return f"{url.rstrip('/')}/link/{await people.links.make(account.id)}"


async def _password(people: People, options: argparse.Namespace) -> str:
    account = await _account(people, options.login)
    password = _read_password(options, account.login)
    if not password:
        raise Refused("give --prompt or --password-file")
    await people.accounts.change(account.id, password=await people.passwords.hash(password))
    await people.devices.forget_pins(account.id)
    await people.attempts.forgive("name", account.login)
    await people.sessions.end_all(lambda one: one.actor.id == account.id)
    return "changed; the account's sessions and PINs have ended"


async def _token(people: People, options: argparse.Namespace, site: Site) -> str:
    scopes, lasts = [TokenScope(one) for one in options.scope], timedelta(days=options.days)
    key, _ = await people.tokens.make(options.name, scopes, _wards(options, site), COMMAND, lasts)
    return key


async def _account(people: People, login: str) -> Account:
    found = await people.accounts.by_login(sign_in_name(login))
    if found is None:
        raise UnknownPerson("no such account")
    return found


def _wards(options: argparse.Namespace, site: Site) -> tuple[str, ...] | None:
    known = {ward.id for ward in site.wards}
    if options.every_ward:
        return None
    if not options.ward or not set(options.ward) <= known:
        raise Refused(f"give --every-ward, or --ward one of: {', '.join(sorted(known))}")
    return tuple(options.ward)


def _read_password(options: argparse.Namespace, login: str) -> str:
    """The password by a file or a prompt; empty where neither was asked for. Raises WeakSecret, Refused, OSError."""
    if options.password_file is not None:
        return usable_password(options.password_file.read_text().rstrip("\r\n"), login)
    if not options.prompt:
        return ""
    try:
        password, again = getpass.getpass("Password: "), getpass.getpass("The same again: ")
    except EOFError:
        raise Refused("--prompt asks at a terminal (kubectl exec -it); without one, --password-file") from None
    if password != again:
        raise WeakSecret("the two are not the same")
    return usable_password(password, login)


def _line(account: Account) -> str:
    wards = "every ward" if account.wards is None else ",".join(account.wards)
    return "\t".join((account.login, account.role.value, wards, account.name))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="veilward-alerts people", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    add = commands.add_parser("add", help="a new account; prints a one-time link unless it is given a password")
    add.add_argument("--name", help="as people read it; the sign-in name where it is not given")
    add.add_argument("--role", required=True, choices=[one.value for one in PERSONS])
    link = commands.add_parser("link", help="prints a one-time link into an account")
    password = commands.add_parser("password", help="gives an account another password")
    end = commands.add_parser("end", help="ends an account with all its sessions")
    token = commands.add_parser("token", help="prints a new API token")
    token.add_argument("name")
    token.add_argument("--scope", action="append", required=True, choices=[one.value for one in TokenScope])
    token.add_argument("--days", type=int, default=90, help="until it ends (1 to 366)")
    commands.add_parser("list", help="every account: sign-in name, role, wards, name")
    for one in (add, link, password, end):
        one.add_argument("login", help="the name to sign in with")
    for one in (add, token):
        one.add_argument("--ward", action="append", help="the id of a ward in scope; may be given again")
        one.add_argument("--every-ward", action="store_true")
    for one in (add, link):
        one.add_argument("--url", default="", help="of the page, to stand before the link")
    for one in (add, password):
        one.add_argument("--prompt", action="store_true", help="ask for the password")
        one.add_argument("--password-file", type=Path, help="take the password from a file")
    return parser

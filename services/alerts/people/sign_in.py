"""Signing in: who it is, how often that may be tried, and the session that begins.

Of a wrong try nothing tells what was wrong: unknown names take as long, count and close like known ones.

A secret takes a moment to check, and more where many are checked at once. What ends sessions meanwhile (another role,
another password, the end of the account or of the device) does not find the one that is about to begin. So once that is
there, it is looked whether what let it in still stands. Whoever changes that writes the change first and ends sessions
then: one of the two sees the other.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from services.alerts.actor import Actor, Way
from services.alerts.people.accounts import Account, Accounts
from services.alerts.people.attempts import Attempts
from services.alerts.people.devices import Device, Devices
from services.alerts.people.errors import NotAName, SignInRefused, UnknownPerson
from services.alerts.people.links import Links
from services.alerts.people.passwords import Passwords, usable_password
from services.alerts.people.rate_limit import RateLimit
from services.alerts.people.session_times import SessionTimes
from services.alerts.people.sessions import Session, Sessions
from services.alerts.people.sign_in_name import sign_in_name

ADDRESS_BURST, ADDRESS_EVERY_S = 20, 3.0
NAME_BURST, NAME_EVERY_S = 10, 6.0


class SignIn:
    """The ways in. Each returns the cookie's new key and the session; raises SignInRefused or RecordsUnavailable.

    mono: seconds of a clock that nobody sets. address: of whoever tries, for the limits.
    """

    def __init__(
        self,
        accounts: Accounts,
        passwords: Passwords,
        attempts: Attempts,
        links: Links,
        devices: Devices,
        sessions: Sessions,
        mono: Callable[[], float],
        times: SessionTimes,
    ) -> None:
        self.accounts = accounts
        self.passwords = passwords
        self.links = links
        self.devices = devices
        self.sessions = sessions
        self._attempts = attempts
        self._mono = mono
        self._times = times
        self._addresses = RateLimit(ADDRESS_BURST, ADDRESS_EVERY_S)
        self._names = RateLimit(NAME_BURST, NAME_EVERY_S)

    def may_try(self, address: str) -> None:
        """Count what an address asks of an identity provider as one of its tries. Raises TooManyTries."""
        self._addresses.take(address, self._mono())

    async def by_password(
        self, login: str, password: str, address: str, device: Device | None = None
    ) -> tuple[str, Session]:
        """A local account's way in. device: the shared one on which it happens, where it does."""
        account = await self._check(login, password, address)
        return await self._enter(account, Way.PASSWORD, device)

    async def by_link(self, key: str, address: str) -> tuple[str, Session]:
        """Once, by a one-time link. It is for a password never chosen, or forgotten: none counts from then on."""
        self._addresses.take(address, self._mono())
        try:
            account = await self.accounts.by_id(await self.links.use(key))
            if account.password is not None:
                await self.accounts.change(account.id, password=None)
                account = replace(account, password=None)
        except UnknownPerson:
            raise SignInRefused("this account is over") from None
        return await self._enter(account, Way.LINK)

    async def by_pin(
        self, account: str, pin: str, device: Device, device_key: str, address: str
    ) -> tuple[str, Session]:
        """The quick change of person on a shared device. The scope is what person and device have in common."""
        self._addresses.take(address, self._mono())
        self._names.take(f"pin {account}", self._mono())
        kept = await self.devices.check_pin(account, device, device_key, pin)
        try:
            person = await self.accounts.by_id(account)
        except UnknownPerson:
            raise SignInRefused("wrong") from None

        async def holds() -> bool:
            return await self.devices.pin_of(account, device) == kept

        return await self._enter(person, Way.PIN, device, holds)

    async def change_password(self, session: Session, old: str, new: str, address: str) -> None:
        """A person's own. Every other session and every PIN of the person ends. Raises WeakSecret."""
        account = await self.check_own(session, old, address)
        kept = await self.passwords.hash(usable_password(new, account.login))
        await self.accounts.change(account.id, password=kept)
        await self.devices.forget_pins(account.id)
        await self.sessions.end_all(lambda one: one.actor.id == account.id and one.key != session.key)

    async def check_own(self, session: Session, password: str, address: str) -> Account:
        """The account of a person who says the password again.

        One that has no password yet asks for none of whoever came by a link.
        """
        account = await self.accounts.by_id(session.actor.id)
        if account.password is not None or session.actor.way is not Way.LINK:
            await self._check(account.login, password, address)
        return account

    async def begin(
        self, actor: Actor, device: Device | None = None, provider_session: str | None = None
    ) -> tuple[str, Session]:
        """The session of a person who is known. On a shared device it is short, and sees no more than the device."""
        times = self._times
        if device is None:
            return await self.sessions.begin(actor, times.idle, times.longest, provider_session=provider_session)
        narrow = narrowed(actor, device.wards)
        return await self.sessions.begin(narrow, times.pin_idle, times.pin_longest, device.id, provider_session)

    async def _enter(
        self,
        account: Account,
        way: Way,
        device: Device | None = None,
        holds: Callable[[], Awaitable[bool]] | None = None,
    ) -> tuple[str, Session]:
        """The session of an account as it was when it was let in, unless it has changed since. holds: what else has to
        be as it was.
        """
        key, session = await self.begin(account.actor(way), device)
        stands = False
        try:
            now = await self.accounts.by_id(account.id)
            same = (now.role, now.wards, now.password) == (account.role, account.wards, account.password)
            stands = same and (holds is None or await holds())
        except UnknownPerson:
            pass
        finally:
            if not stands:
                await self.sessions.end(session.key)
        if not stands:
            raise SignInRefused("wrong", account.id)
        return key, session

    async def _check(self, login: str, password: str, address: str) -> Account:
        self._addresses.take(address, self._mono())
        try:
            name = sign_in_name(login)
        except NotAName:
            name = ""
        self._names.take(name, self._mono())
        await self._attempts.begin("name", name)
        account = await self.accounts.by_login(name)
        if not await self.passwords.opens(account.password if account else None, password) or account is None:
            raise SignInRefused("wrong", account.id if account else None)
        await self._attempts.forgive("name", name)
        if account.password is not None and self.passwords.is_old(account.password):
            account = replace(account, password=await self.passwords.hash(password))
            await self.accounts.change(account.id, password=account.password)
        return account


def narrowed(actor: Actor, wards: tuple[str, ...] | None) -> Actor:
    """An actor with no more wards than these."""
    if wards is None:
        return actor
    kept = tuple(one for one in wards if actor.sees(one))
    return Actor(actor.id, actor.name, actor.role, kept, actor.way)

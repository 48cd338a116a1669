"""Passwords and PINs: Argon2id (RFC 9106, section 4, the second recommended choice: 64 MiB, three passes, four lanes).

Checking takes as long for a name that nobody has: a hash that nothing opens stands in for the missing one.
"""

import asyncio
import hmac
from dataclasses import dataclass
from itertools import pairwise

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from services.alerts.people.errors import WeakSecret
from services.alerts.people.secrets import new_key
from services.alerts.phrase import Phrase

LEAST, MOST, LEAST_DIFFERENT = 12, 200, 5
PIN_LEAST, PIN_MOST = 6, 12
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What a guess costs: memory in KiB, passes over it, lanes."""

    memory_kib: int = 65536
    passes: int = 3
    lanes: int = 4


COST = Cost()


def usable_password(password: str, login: str) -> str:
    """The password. Raises WeakSecret: 12 to 200 characters, five of them different, the sign-in name not in it."""
    if not LEAST <= len(password) <= MOST:
        raise WeakSecret(Phrase("a password has %(least)s to %(most)s characters", least=LEAST, most=MOST))
    if len(set(password)) < LEAST_DIFFERENT:
        raise WeakSecret(Phrase("a password has at least %(least)s different characters", least=LEAST_DIFFERENT))
    if len(login) > 3 and login in password.casefold():
        raise WeakSecret("a password does not contain the sign-in name")
    return password


def usable_pin(pin: str) -> str:
    """The PIN. Raises WeakSecret: 6 to 12 digits, no single digit repeated and no run up or down."""
    if not (pin.isascii() and pin.isdigit() and PIN_LEAST <= len(pin) <= PIN_MOST):
        raise WeakSecret(Phrase("a PIN has %(least)s to %(most)s digits", least=PIN_LEAST, most=PIN_MOST))
    steps = {(int(later) - int(earlier)) % 10 for earlier, later in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise WeakSecret("a PIN is no single digit and no run of digits")
    return pin


def bound_pin(pin: str, device_key: str) -> str:
    """A PIN together with the key of the device on which it counts: what is hashed of it."""
    return hmac.digest(device_key.encode(), b"veilward pin " + pin.encode(), "sha256").hex()


class Passwords:
    """Makes and checks hashes on threads, two at once: each takes 64 MiB while it runs."""

    def __init__(self, cost: Cost = COST) -> None:
        self._hasher = PasswordHasher(
            time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes, type=Type.ID
        )
        self._nobody = self._hasher.hash(new_key())
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def hash(self, secret: str) -> str:
        """A hash in the form that names its parameters."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, secret)

    async def opens(self, kept: str | None, secret: str) -> bool:
        """Whether a secret is the one that was hashed; None is nobody's, and takes as long."""
        async with self._turn:
            opened = await asyncio.to_thread(self._verify, kept or self._nobody, secret[:MOST])
        return opened and kept is not None

    def is_old(self, kept: str) -> bool:
        """Whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str, secret: str) -> bool:
        try:
            return self._hasher.verify(kept, secret)
        except (VerificationError, InvalidHashError):
            return False

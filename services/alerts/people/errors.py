"""What people and their sign-in are refused.

PeopleError
├── SignInRefused      wrong, or not now: says neither which nor whether there is such an account
│   └── TooManyTries   not now; carries the seconds after which it is worth a try
├── WeakSecret         a password or PIN that is no use; its text says why
├── NotAName           what cannot be a sign-in name; its text says why
├── NameTaken          another account has this sign-in name
├── UnknownPerson      no such account, or one that is over
└── ProviderRefused    the identity provider's answer is not one to this question; carries what is wrong with it
"""

from services.alerts.errors import AlertsError


class PeopleError(AlertsError):
    """Root of what people are refused; texts quote no value."""


class SignInRefused(PeopleError):
    """Wrong, or not now. account: whose door was tried, for the records; whoever tried is not told."""

    def __init__(self, message: str, account: str | None = None) -> None:
        super().__init__(message)
        self.account = account


class TooManyTries(SignInRefused):
    """Not now."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many tries")
        self.retry_after_s = retry_after_s


class WeakSecret(PeopleError):
    """A password or PIN that is no use."""


class NotAName(PeopleError):
    """What cannot be a sign-in name."""


class NameTaken(PeopleError):
    """Another account has this sign-in name."""


class UnknownPerson(PeopleError):
    """No such account, or one that is over."""


class ProviderRefused(PeopleError):
    """The identity provider's answer is not one to this question."""

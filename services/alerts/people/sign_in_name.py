"""Names that people sign in with, in one spelling: after PRECIS' UsernameCaseMapped (RFC 8265, section 3.3)."""

import unicodedata

from services.alerts.people.errors import NotAName
from services.alerts.phrase import Phrase

NAME_LIMIT = 60
SIGNS = frozenset("._-@+'")


def sign_in_name(text: str) -> str:
    """Width mapped, case folded, NFC; letters, digits, marks and . _ - @ + ' only. Raises NotAName."""
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text.strip()).casefold())
    if not 1 <= len(name) <= NAME_LIMIT:
        raise NotAName(Phrase("a sign-in name has 1 to %(most)s characters", most=NAME_LIMIT))
    if not all(one in SIGNS or unicodedata.category(one)[0] in "LNM" for one in name):
        raise NotAName("a sign-in name has letters, digits and . _ - @ + ' only")
    return name

"""Names of persons, as they are typed: Unicode's rules for what people are called.

After the Nickname profile of PRECIS (RFC 8266): NFC, blanks of any kind as one space, none at the ends; no controls, no
bidirectional or invisible formatting. The joiners, which many scripts need, stand where RFC 5892 (appendix A) allows
them in identifiers, and between pictures (UTS 51): a Persian name, a Hindi name, an emoji of several parts.
"""

import re
import unicodedata

from idna.core import valid_contextj

from services.alerts.phrase import Phrase

NAME_LIMIT = 60
ZWNJ, ZWJ = "\u200c", "\u200d"
_MODIFIER = "[\ufe0f\U0001f3fb-\U0001f3ff]"
_EMOJI_BLOCKS = "\u2190-\u2bff\u3030\u303d\u3297\u3299\xa9\xae\U0001f000-\U0001faff"
_BEFORE = re.compile(f"[{_EMOJI_BLOCKS}]{_MODIFIER}*$")
_AFTER = re.compile(f"[{_EMOJI_BLOCKS}]")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")


def person_name(text: str) -> str:
    """The name in its one spelling. Raises ValueError for what is none."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not 1 <= len(name) <= NAME_LIMIT:
        raise ValueError(Phrase("A name has 1 to %(most)s characters.", most=NAME_LIMIT))
    plain = _FLAG.sub("\U0001f3f4", name)
    if not all(_stands(plain, index) for index in range(len(plain))):
        raise ValueError("A name has no control or invisible characters.")
    if not any(unicodedata.category(one)[0] in "LNS" for one in plain):
        raise ValueError("A name has at least one letter, number or sign.")
    return name


def _stands(name: str, index: int) -> bool:
    one = name[index]
    if one in (ZWNJ, ZWJ):
        return _joins(name, index)
    return one.isprintable() or bool(_AFTER.match(one))


def _joins(name: str, index: int) -> bool:
    if name[index] == ZWJ and _BEFORE.search(name[:index]) and _AFTER.match(name, index + 1):
        return True
    return index > 0 and valid_contextj(name, index)

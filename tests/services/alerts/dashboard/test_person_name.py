"""Names of persons by Unicode's rules: what people are called is taken, what cannot be seen is not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.dashboard.person_name import NAME_LIMIT, person_name

TAKEN = {
    "Ada": "Ada",
    "  Ada \u00a0 \u3000 Byron ": "Ada Byron",
    "Zo\u00eb M\u00fcller-L\u00fcdenscheidt": "Zo\u00eb M\u00fcller-L\u00fcdenscheidt",
    "Jose\u0301": "Jos\u00e9",
    "O'Brien <b>": "O'Brien <b>",
    "\u540d\u524d": "\u540d\u524d",
    "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627": "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",  # Persian, ZWNJ
    "\u0915\u094d\u200d\u0937": "\u0915\u094d\u200d\u0937",  # Devanagari, ZWJ after a virama
    "\u0d2e\u0d4b\u0d39\u0d28\u0d4d\u200d": None,  # Malayalam, which ends many names in a joiner
    "\u845b\U000e0100\u57ce": None,  # Japanese, with a variant's selector
    "\u0dc1\u0dca\u200d\u0dbb\u0dd3": "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala
    "\U0001f469\u200d\u2695\ufe0f Kim": "\U0001f469\u200d\u2695\ufe0f Kim",
    "\U0001f469\U0001f3fd\u200d\U0001f52c": "\U0001f469\U0001f3fd\u200d\U0001f52c",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Ian": None,
    "Nurse \U0001f33b": "Nurse \U0001f33b",
    "\U0001fae9 Lee": "\U0001fae9 Lee",  # newer than this Python's tables
}


@pytest.mark.parametrize("typed", TAKEN)
def test_names_as_people_have_them(typed: str) -> None:
    assert person_name(typed) == (TAKEN[typed] or typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "x" * (NAME_LIMIT + 1),
        "a\x00b",
        "a\x7fb",
        "\u200bAda",
        "Ada\u202e",
        "\u2066Ada\u2069",
        "A\u00adda",
        "\ufeffAda",
        "A\u200dda",
        "A\u200cda",
        "\u200dAda",
        "Ada\u200d",
        "Ada\u200c",
        "\u0639\u200c",
        "\U0001f469\u200dA",
        "A\u200d\u2695",
        "\U000e0041da",
        "\ud800",
        "\ue000",
        "\u0301",
        "---",
    ],
)
def test_what_is_no_name(typed: str) -> None:
    with pytest.raises(ValueError, match="A name has"):
        person_name(typed)


@given(st.text(max_size=80))
def test_a_name_is_in_its_one_spelling(typed: str) -> None:
    try:
        name = person_name(typed)
    except ValueError:
        return
    assert person_name(name) == name
    assert name == " ".join(name.split())
    assert unicodedata.is_normalized("NFC", name)
    assert 1 <= len(name) <= NAME_LIMIT


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=15))
def test_letters_and_digits_are_always_taken(typed: str) -> None:
    assert person_name(typed)

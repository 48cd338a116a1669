"""Keys, names, passwords and PINs."""

from __future__ import annotations

import pytest

from services.alerts.people.errors import NotAName, TooManyTries, WeakSecret
from services.alerts.people.passwords import Cost, Passwords, bound_pin, usable_password, usable_pin
from services.alerts.people.rate_limit import KEYS, RateLimit
from services.alerts.people.secrets import KEY_CHARACTERS, form_token, is_form_token, kept_key, new_id, new_key
from services.alerts.people.sign_in_name import sign_in_name
from tests.services.alerts.people.crowd import CHEAP, PASSWORD


def test_keys_are_long_different_and_not_kept() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {KEY_CHARACTERS}
    assert len(new_id()) == 32
    for key in keys:
        assert key not in kept_key(key)
        assert key not in form_token(key)


def test_a_form_token_belongs_to_one_key() -> None:
    key, other = new_key(), new_key()
    assert is_form_token(form_token(key), key)
    for wrong in (form_token(other), kept_key(key), key, "", "é"):
        assert not is_form_token(wrong, key)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ada", "ada"),
        (" ada.byron ", "ada.byron"),
        ("ADA@HOME.example", "ada@home.example"),
        ("ａｄａ", "ada"),
        ("Straße", "strasse"),
        ("Renée", "renée"),
        ("Rene\u0301e", "renée"),
        ("O'Neill_2+x-y", "o'neill_2+x-y"),
        ("علی", "علی"),
    ],
)
def test_a_sign_in_name_has_one_spelling(typed: str, name: str) -> None:
    assert sign_in_name(typed) == name
    assert sign_in_name(name) == name


@pytest.mark.parametrize("wrong", ["", "  ", "a b", "a\u200db", "a\x00", "<ada>", "a/b", "x" * 61, "\U0001f600"])
def test_what_is_no_sign_in_name(wrong: str) -> None:
    with pytest.raises(NotAName):
        sign_in_name(wrong)


@pytest.mark.parametrize("weak", ["", "short", "x" * 201, "aaaaaaaaaaaa", "abababababab", "my name is ada.byron"])
def test_weak_passwords_are_refused(weak: str) -> None:
    with pytest.raises(WeakSecret):
        usable_password(weak, "ada.byron")


def test_a_long_password_is_taken_as_it_is() -> None:
    for good in (PASSWORD, "пароль из слов", "x" * 20 + "abcd"):
        assert usable_password(good, "ada") == good


@pytest.mark.parametrize(
    "weak", ["", "12345", "1" * 6, "123456", "987654", "890123", "12a456", "1234567890123", "١٢٣٤٥٧"]
)
def test_weak_pins_are_refused(weak: str) -> None:
    with pytest.raises(WeakSecret):
        usable_pin(weak)


def test_a_pin_is_another_on_another_device() -> None:
    assert usable_pin("295730") == "295730"
    assert bound_pin("295730", "key") != bound_pin("295730", "other")
    assert bound_pin("295730", "key") != bound_pin("295731", "key")


async def test_a_password_opens_what_was_made_of_it_and_nothing_else() -> None:
    passwords = Passwords(CHEAP)
    kept = await passwords.hash(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert await passwords.hash(PASSWORD) != kept
    assert await passwords.opens(kept, PASSWORD)
    for wrong in ("", PASSWORD + "x", PASSWORD.upper()):
        assert not await passwords.opens(kept, wrong)
    assert not await passwords.opens("not a hash", PASSWORD)


async def test_nobodys_password_is_checked_and_never_right(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, checked = Passwords(CHEAP), []
    verify = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda kept, secret: checked.append(kept) or verify(kept, secret))
    assert not await passwords.opens(None, PASSWORD)
    assert [one.rsplit("$", 2)[0] for one in checked] == [(await passwords.hash("x")).rsplit("$", 2)[0]]


def test_the_cost_of_a_guess_is_that_of_rfc_9106() -> None:
    assert Cost() == Cost(memory_kib=64 * 1024, passes=3, lanes=4)


async def test_a_hash_of_another_cost_is_told() -> None:
    kept = await Passwords(CHEAP).hash(PASSWORD)
    assert not Passwords(CHEAP).is_old(kept)
    assert Passwords(Cost(memory_kib=16, passes=1, lanes=1)).is_old(kept)


def test_tries_are_limited_by_key_and_come_back_with_time() -> None:
    limit = RateLimit(3, 10.0)
    for _ in range(3):
        limit.take("a", 0.0)
    with pytest.raises(TooManyTries) as refused:
        limit.take("a", 5.0)
    assert refused.value.retry_after_s == pytest.approx(5.0)
    limit.take("b", 5.0)
    limit.take("a", 10.0)
    with pytest.raises(TooManyTries):
        limit.take("a", 10.0)
    for number in range(KEYS):
        limit.take(str(number), 10.0)
    assert len(limit._buckets) == KEYS

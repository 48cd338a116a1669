"""Training needs terms accepted; publishing needs terms that allow it."""

import pytest

from training.datasets.errors import LicenceError
from training.datasets.licence import LICENCES, known, may_publish, require_accepted, require_publishable

RESTRICTED = ["unbc-mcmaster", "ravdess", "fer2013", "delaware", "biovid", "research-only", "home"]


def test_the_text_is_shown_until_it_is_accepted() -> None:
    with pytest.raises(LicenceError) as caught:
        require_accepted(["ravdess", "unbc-mcmaster"], ["ravdess"])
    message = str(caught.value)
    assert caught.value.licences == ("unbc-mcmaster",)
    assert all(term in message for term in LICENCES["unbc-mcmaster"].terms)
    assert "--accept-licence unbc-mcmaster" in message and "RAVDESS" not in message
    accepted = require_accepted(["ravdess", "unbc-mcmaster"], ["unbc-mcmaster", "ravdess"])
    assert [licence.name for licence in accepted] == ["ravdess", "unbc-mcmaster"]


@pytest.mark.parametrize("name", RESTRICTED)
def test_restricted_sets_are_not_published(name: str) -> None:
    permission = may_publish(["own", name])
    assert not permission.allowed and len(permission.reasons) == 1
    with pytest.raises(LicenceError, match="may not be published") as caught:
        require_publishable([name])
    assert LICENCES[name].title in str(caught.value)


def test_drawn_faces_and_your_own_are_published() -> None:
    assert may_publish([]).allowed and may_publish(["own"]).allowed
    require_publishable(["own"])
    assert set(LICENCES) == {*RESTRICTED, "own", "face-api", "face_classification"}


def test_unknown_names_are_refused() -> None:
    for call in (lambda: known("mit"), lambda: may_publish(["mit"]), lambda: require_accepted(["own"], ["own", "mit"])):
        with pytest.raises(LicenceError, match="no such licence: mit"):
            call()


def test_a_digest_tells_texts_apart() -> None:
    assert len({licence.digest for licence in LICENCES.values()}) == len(LICENCES)

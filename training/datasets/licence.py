"""What the owners of a data set allow. Training needs their terms accepted by name; publishing needs their leave.

The texts sum up what each set's owners ask; the agreement that you have with them is what binds you.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from training.datasets.errors import LicenceError


@dataclass(frozen=True)
class Licence:
    """Attributes:
    name: what `--accept-licence` takes and a manifest's rows say.
    title: of the terms, and where they come from.
    terms: what is accepted, in sentences.
    publishable: whether a network trained under it may be given to others with this project's bundles.
    """

    name: str
    title: str
    terms: tuple[str, ...]
    publishable: bool

    @property
    def text(self) -> str:
        """What is accepted, to read."""
        return "\n".join((self.name, self.title, *self.terms))

    @property
    def digest(self) -> str:
        """SHA-256 of the text that was accepted, in hex: a manifest keeps it beside the name."""
        return hashlib.sha256(self.text.encode()).hexdigest()


LICENCES: Mapping[str, Licence] = MappingProxyType(
    {
        licence.name: licence
        for licence in (
            Licence(
                "unbc-mcmaster",
                "UNBC-McMaster Shoulder Pain Expression Archive: agreement with its distributors (Lucey et al., 2011)",
                (
                    "You have the set from its distributors, under an agreement that you or your institution signed.",
                    "You use it for non-commercial research only, and pass neither pictures nor labels on.",
                    "You show pictures in publications only of subjects whose consent the distributors name.",
                    "A network trained on it stays with you: it goes into no published or sold bundle.",
                ),
                False,
            ),
            Licence(
                "ravdess",
                "RAVDESS (Zenodo 1188976): Creative Commons BY-NC-SA 4.0",
                (
                    "You name its authors (Livingstone and Russo, 2018) and say what you changed.",
                    "You make no commercial use of it, nor of what is made from it.",
                    "What you make from it and pass on, you pass on under the same licence: "
                    "so not as a bundle of this project, whose licence is another.",
                ),
                False,
            ),
            Licence(
                "fer2013",
                "FER2013 (Goodfellow et al., 2013): rules of the ICML 2013 challenge; FER+ adds labels to it",
                (
                    "The pictures were collected from the web; the rights stay with whoever holds them.",
                    "You use them for research only, and pass them on to nobody.",
                    "A network trained on them stays with you: it goes into no published or sold bundle.",
                ),
                False,
            ),
            Licence(
                "delaware",
                "Delaware Pain Database (Mende-Siedlecki et al., Pain Reports 2020;5(6):e853)",
                (
                    "You took it from its authors' page, for research, and cite the paper.",
                    "You make no commercial use of it.",
                    "A network trained on it stays with you: it goes into no published or sold bundle.",
                ),
                False,
            ),
            Licence(
                "biovid",
                "BioVid Heat Pain Database: signed agreement with Otto von Guericke University Magdeburg",
                (
                    "You have the set under an agreement that you or your institution signed.",
                    "You use it for non-commercial research only, and pass nothing of it on.",
                    "A network trained on it stays with you: it goes into no published or sold bundle.",
                ),
                False,
            ),
            Licence(
                "research-only",
                "Another set for non-commercial research (D-PASS, for one): the terms that came with it",
                (
                    "You have the set lawfully and keep the terms that came with it.",
                    "You use it for non-commercial research only.",
                    "A network trained on it stays with you: it goes into no published or sold bundle.",
                ),
                False,
            ),
            Licence(
                "face-api",
                "face-api's expression network (npm @vladmandic/face-api 1.7.15, Vladimir Mandic, Vincent Mühler): MIT",
                (
                    "You keep its authors' notice and their permission with whatever is made from it: see NOTICE.",
                    "You say where it comes from: trained, by its page, on public sets and on pictures from the web.",
                ),
                True,
            ),
            Licence(
                "face_classification",
                "face_classification's emotion network (npm @vladmandic/human 3.3.6, Octavio Arriaga): MIT",
                (
                    "You keep its authors' notices and their permission with whatever is made from it: see NOTICE.",
                    "You say where it comes from: trained on FER2013, pictures from the web.",
                ),
                True,
            ),
            Licence(
                "own",
                "Your own recordings",
                (
                    "Everyone who is seen, or who may decide for them, agreed to training and to giving networks away.",
                    "You hold all rights that this needs.",
                ),
                True,
            ),
            Licence(
                "home",
                "Photographs of a home's residents and staff, for this home",
                (
                    "Everyone who is seen, or who may decide for them, agreed to training a network for this home.",
                    "Pictures and crops stay on the machine that trains, and are deleted when somebody withdraws.",
                    "A network trained on them stays with the home: it goes into no published or sold bundle.",
                ),
                False,
            ),
        )
    }
)


def known(name: str) -> Licence:
    """The licence of that name. Raises LicenceError."""
    if name not in LICENCES:
        raise LicenceError(f"no such licence: {name}; known are {', '.join(LICENCES)}", [name])
    return LICENCES[name]


def require_accepted(names: Iterable[str], accepted: Iterable[str]) -> tuple[Licence, ...]:
    """The licences of `names`, each of which is in `accepted`.

    Raises:
        LicenceError: one is not accepted (the message holds its whole text), or a name is unknown.
    """
    wanted = [known(name) for name in sorted(set(names))]
    given = {known(name).name for name in accepted}
    missing = [licence for licence in wanted if licence.name not in given]
    if missing:
        parts = ["training on this set needs its terms accepted:"]
        for licence in missing:
            parts += ["", licence.title, *(f"  - {term}" for term in licence.terms)]
            parts += ["", f"To accept them, add: --accept-licence {licence.name}"]
        raise LicenceError("\n".join(parts), [licence.name for licence in missing])
    return tuple(wanted)


@dataclass(frozen=True)
class Permission:
    """Whether a bundle may be published; if not, whose terms forbid it, in sentences."""

    allowed: bool
    reasons: tuple[str, ...] = ()


def may_publish(names: Iterable[str]) -> Permission:
    """Whether a network trained on data under these licences may be published as a bundle. None at all: drawn faces.

    Raises:
        LicenceError: a name is unknown.
    """
    against = [licence for licence in map(known, sorted(set(names))) if not licence.publishable]
    return Permission(not against, tuple(f"{licence.title}: {licence.terms[-1]}" for licence in against))


def require_publishable(names: Iterable[str]) -> None:
    """Raise LicenceError, which says whose terms forbid it, unless may_publish(names) allows it."""
    names = sorted(set(names))
    permission = may_publish(names)
    if not permission.allowed:
        reasons = "\n".join(f"  - {reason}" for reason in permission.reasons)
        raise LicenceError(f"this network may not be published:\n{reasons}", names)

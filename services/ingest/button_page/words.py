"""What the button's page says, in the languages of the ward's pages."""

from __future__ import annotations

LANGUAGES = ("en", "de", "nl", "fr")
WORDS: dict[str, tuple[str, str, str, str]] = {
    "title": ("Cameras of this room", "Kameras dieses Zimmers", "Camera's van deze kamer", "Caméras de cette chambre"),
    "on": (
        "Looks for signs of pain",
        "Achtet auf Zeichen von Schmerz",
        "Let op tekenen van pijn",
        "Cherche des signes de douleur",
    ),
    "paused": ("Paused", "Pausiert", "Gepauzeerd", "En pause"),
    "off": ("Nothing is processed", "Nichts wird verarbeitet", "Er wordt niets verwerkt", "Rien n’est traité"),
    "no_consent": ("No consent", "Keine Einwilligung", "Geen toestemming", "Pas de consentement"),
    "left": ("{minutes} min left", "noch {minutes} min", "nog {minutes} min", "encore {minutes} min"),
    "by": ("by", "durch", "door", "par"),
    "room": ("somebody in the room", "jemanden im Zimmer", "iemand in de kamer", "quelqu’un dans la chambre"),
    "carer": ("a carer", "die Pflege", "een verzorgende", "un soignant"),
    "nurse": ("a nurse", "die Pflege", "een verpleegkundige", "un infirmier"),
    "overseer": ("the ward", "die Station", "de afdeling", "l’unité"),
    "program": ("the ward", "die Station", "de afdeling", "l’unité"),
    "pause": ("Pause for", "Pausieren für", "Pauzeren voor", "Mettre en pause pour"),
    "ends": (
        "A pause ends by itself, or when the ward ends it. Nobody can end it here.",
        "Eine Pause endet von selbst, oder wenn die Station sie beendet. Hier kann sie niemand beenden.",
        "Een pauze eindigt vanzelf, of als de afdeling haar beëindigt. Hier kan niemand haar beëindigen.",
        "Une pause se termine d’elle-même, ou quand l’unité y met fin. Personne ne peut y mettre fin ici.",
    ),
    "lost": (
        "The device does not answer: what stands here is old.",
        "Das Gerät antwortet nicht: Was hier steht, ist alt.",
        "Het apparaat antwoordt niet: wat hier staat is oud.",
        "L’appareil ne répond pas : ce qui est affiché est ancien.",
    ),
    "not_kept": (
        "Paused, but not kept: a restart may end it. Tell the ward.",
        "Pausiert, aber nicht gespeichert: Ein Neustart kann es beenden. Sagen Sie es der Station.",
        "Gepauzeerd, maar niet bewaard: een herstart kan het beëindigen. Zeg het de afdeling.",
        "En pause, mais non gardé : un redémarrage peut y mettre fin. Dites-le à l’unité.",
    ),
}


def chosen(accepted: str) -> str:
    """The first of the languages that a browser asks for (RFC 9110, 12.5.4, in the order in which they stand)."""
    for part in accepted.split(","):
        code = part.split(";")[0].strip().lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


def word(language: str, name: str) -> str:
    """A word in a language; of who paused, what is not known is the ward."""
    return WORDS.get(name, WORDS["overseer"])[LANGUAGES.index(language)]

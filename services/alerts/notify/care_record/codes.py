"""Codes: of the answer list that LOINC has for a level, and this project's own where no public one says what is meant.

The code of the observation is the project's own on purpose. LOINC's codes of a pain score are of what a person reports
(72514-3, 38208-5) or of a scale that a person applies; a level that a camera estimated is neither, and must not be
taken for one.
"""

from services.alerts.policy.alert import AlertStatus, Change, Outcome
from services.alerts.policy.consent import Basis

Coding = dict[str, str]
Concept = dict[str, object]

LOINC = "http://loinc.org"
OWN = "urn:veilward:fhir:code"
LEVELS = (("LA131-5", "No pain"), ("LA6752-5", "Mild"), ("LA6751-7", "Moderate"), ("LA6750-9", "Severe"))
"""Of LOINC's answer list LL2951-3, by level 0..3."""
ESTIMATE = ("facial-pain-expression-level", "Facial pain expression level, machine-estimated")
ORDINAL = ("level-0-to-3", "The level as a number, 0 to 3")
ALARM = ("answer-pain-alarm", "Go to a person whose face shows pain, and say what it was")
LOOK_AGAIN = ("look-again", "Look again after an intervention")
OUTCOME = ("outcome", "What somebody found at the bed")
CAMERA = ("camera-scored-by-network", "A camera whose pictures are scored by a neural network")
SOFTWARE = ("pain-alarm-software", "Software that calls where faces show pain")
BASES = {
    Basis.GIVEN: (
        "consent-given",
        "Watching for pain by a camera: allowed by the resident, or by whoever may for them",
    ),
    Basis.BEST_INTEREST: (
        "consent-best-interest",
        "Watching for pain by a camera: decided in the resident's best interest",
    ),
    Basis.WITHDRAWN: ("consent-withdrawn", "Watching for pain by a camera: not allowed any more"),
}
OUTCOMES = {
    Outcome.PAIN_TREATED: "Pain, treated",
    Outcome.PAIN: "Pain",
    Outcome.NO_PAIN: "No pain",
    Outcome.NOT_ASSESSED: "Could not be assessed",
}
PRIORITIES = ("routine", "routine", "urgent", "stat")
"""FHIR's request priority, by level."""


def own(code: tuple[str, str]) -> Concept:
    """A concept of this project's."""
    return {"coding": [{"system": OWN, "code": code[0], "display": code[1]}], "text": code[1]}


def public(system: str, code: str, display: str) -> Concept:
    """A concept of a public code system."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def level(number: int) -> Concept:
    """A level as LOINC's answer. Raises IndexError for no level."""
    code, display = LEVELS[number]
    return {"coding": [{"system": LOINC, "code": code, "display": display}], "text": display}


def outcome(found: Outcome) -> Concept:
    """What somebody found."""
    return own((found.value.replace("_", "-"), OUTCOMES[found]))


def status(alert: AlertStatus) -> Concept:
    """Where an alarm is in its life."""
    return own((alert.value, alert.value))


def happened(change: Change) -> Concept:
    """A change that asked somebody to come."""
    return own((change.value.replace("_", "-"), change.value.replace("_", " ")))

"""What was decided of a camera as an R4B Consent, one a camera; the server keeps its versions.

FHIR wants a privacy consent to say whose it is. The ward knows a room and no resident, so the patient is whoever lives
in that room, by an identifier of the room's: no name, and nothing by which a resident could be found without the care
record. Who decided, and the note, stay in the ward: those are typed words, and may be a name.
"""

from services.alerts.codec import instant
from services.alerts.consent_codec import decode_consent
from services.alerts.notify.care_record import codes, resources
from services.alerts.notify.care_record.names import Json, Names
from services.alerts.notify.care_record.transaction import checked, kept, places
from services.alerts.policy.consent import Basis, Consent
from services.alerts.policy.ward_act import WardAct

PRIVACY = ("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent")
DOCUMENT = (codes.LOINC, "59284-0", "Patient Consent")


def consent_transaction(names: Names, act: WardAct) -> bytes:
    """The transaction of a consent that was recorded, as it is posted.

    Raises ValueError where it would not be R4B, ConsentError for an act that is none.
    """
    details = act.details.get("consent")
    if act.by is None or not isinstance(details, dict):
        raise ValueError("no consent")
    given = decode_consent(details, act.by, act.at)
    return checked([*places(names, act.scope), kept(names.consent(act.scope), consent(names, act.scope, given))])


def consent(names: Names, camera: str, given: Consent) -> Json:
    """Of a camera (key): permitted until the day on which it is looked at again, or not permitted any more."""
    withdrawn = given.basis is Basis.WITHDRAWN
    period: Json = {"start": instant(given.at)}
    return resources.resource(
        "Consent",
        [names.consent(camera).identifier],
        status="inactive" if withdrawn else "active",
        scope=codes.public(*PRIVACY),
        category=[codes.public(*DOCUMENT)],
        patient=names.resident(camera).logical,
        dateTime=instant(given.at),
        policyRule=codes.own(codes.BASES[given.basis]),
        provision={
            "type": "deny" if withdrawn else "permit",
            "period": period if withdrawn else period | {"end": given.review_on.isoformat()},
            "actor": [{"role": codes.own(codes.CAMERA), "reference": names.camera(camera).reference}],
            "code": [codes.own(codes.ESTIMATE)],
        },
    )

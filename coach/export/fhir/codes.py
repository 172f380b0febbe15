"""Our own codes in FHIR. The score is our own question: it never gets the code of a validated scale. Pure."""

from collections.abc import Mapping

from content.catalogue import Catalogue

Json = dict[str, object]

PARTICIPANTS = "urn:rls-coach:participant"
MEASURES = "urn:rls-coach:code-system:measures"
STEPS = "urn:rls-coach:code-system:steps"
QUESTIONNAIRE = "urn:rls-coach:questionnaire:check-in"
LEG_SCORE, STEP_DONE = "leg-score", "step-done"
MEASURE_WORDS = {
    LEG_SCORE: "Legs last night, 0 none to 10 worst (our own question, not a validated scale)",
    STEP_DONE: "Whether the person says they did the last step",
}
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
MODES = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
PSEUDONYMISED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "PSEUDED",
    "display": "pseudonymized",
}


def concept(system: str, code: str, display: str) -> Json:
    """Return a CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def measure(code: str) -> Json:
    """Return the concept of one of our measures."""
    return concept(MEASURES, code, MEASURE_WORDS[code])


def step_titles(catalogue: Catalogue) -> dict[str, str]:
    """Return the English title of every step."""
    return {id: strategy.title["en"] for id, strategy in catalogue.strategies.items()}


def step(id: str, titles: Mapping[str, str]) -> Json:
    """Return the concept of a step, in words alone if the library no longer has it."""
    return concept(STEPS, id, titles[id]) if id in titles else {"text": id}


def definitions(titles: Mapping[str, str]) -> dict[str, list[Json]]:
    """Return the resources that define what the others refer to: the code systems and the questionnaire."""
    systems = (
        ("rls-coach-measures", MEASURES, "RlsCoachMeasures", MEASURE_WORDS),
        ("rls-coach-steps", STEPS, "RlsCoachSteps", titles),
    )
    return {
        "CodeSystem": [_code_system(*system) for system in systems],
        "Questionnaire": [
            {
                "resourceType": "Questionnaire",
                "id": "rls-coach-check-in",
                "url": QUESTIONNAIRE,
                "name": "RlsCoachCheckIn",
                "title": "RLS Coach check-in",
                "status": "active",
                "subjectType": ["Patient"],
                "item": [
                    _question(LEG_SCORE, "integer"),
                    _question(STEP_DONE, "boolean"),
                ],
            }
        ],
    }


def _code_system(id: str, url: str, name: str, concepts: Mapping[str, str]) -> Json:
    return {
        "resourceType": "CodeSystem",
        "id": id,
        "url": url,
        "name": name,
        "status": "active",
        "caseSensitive": True,
        "content": "complete",
        "count": len(concepts),
        "concept": [{"code": code, "display": words} for code, words in concepts.items()],
    }


def _question(code: str, kind: str) -> Json:
    coding = {"system": MEASURES, "code": code, "display": MEASURE_WORDS[code]}
    return {"linkId": code, "code": [coding], "text": MEASURE_WORDS[code], "type": kind, "required": False}

"""Twelve fictional participants: their times, scores and ways of answering. All numbers are fictional (555-01xx)."""

from dataclasses import dataclass

CLINIC = "Harbor Sleep Clinic"
COACH_EMAIL = "coach@demo.example"
# They sign in with the same password.
OTHER_ROLES = ("lead", "admin", "researcher")
NAMES = {"coach": "Dana Ruiz, RN", "lead": "Sam Okafor, NP"}
WEEKS = 6


@dataclass(frozen=True, slots=True)
class Character:
    """A fictional participant.

    `legs` is the usual score; `answers` and `does` are the probabilities of replying and of doing the step. `story` is
    steady, worse (scores rise in the last week), silent (no replies for the last six days), pauses, stops, asks or new.
    """

    phone: str
    first_name: str
    time_zone: str
    evening_time: str
    legs: float
    answers: float
    does: float
    story: str = "steady"
    language: str = "en"
    bedtime: str = "22:30"
    exclude: str = ""


COHORT = (
    Character("+12125550101", "Maria", "America/New_York", "20:00", 5.0, 0.95, 0.8),
    Character("+12125550102", "George", "America/New_York", "19:30", 6.5, 0.8, 0.35, exclude="fall_risk"),
    Character("+13125550103", "Dolores", "America/Chicago", "20:15", 3.5, 1.0, 0.7, "worse"),
    Character("+13125550104", "Walter", "America/Chicago", "20:00", 5.5, 0.85, 0.6, "silent"),
    Character("+13035550105", "Ana", "America/Denver", "20:00", 4.5, 0.9, 0.75, language="es"),
    Character("+13035550106", "Ruth", "America/Denver", "19:45", 3.5, 0.95, 0.9, exclude="no_alcohol"),
    Character("+14155550107", "Kenji", "America/Los_Angeles", "20:00", 6.0, 0.75, 0.55, "asks"),
    Character("+14155550108", "Lucía", "America/Los_Angeles", "20:30", 5.0, 0.9, 0.65, language="es"),
    Character("+16025550109", "Howard", "America/Phoenix", "19:30", 4.5, 0.85, 0.6, "pauses"),
    Character("+18085550110", "Leilani", "Pacific/Honolulu", "20:00", 3.0, 0.9, 0.8),
    Character("+12075550111", "Edith", "America/New_York", "19:00", 7.0, 0.6, 0.4, "stops", bedtime="21:30"),
    Character("+12075550112", "Sam", "America/New_York", "20:00", 5.0, 0.9, 0.7, "new"),
)
REPLIES = {
    ("en", True): ("{n} yes", "{n}, did it", "legs {n}, step done", "about a {n}, did em", "{n} y", "yes {n}"),
    ("en", False): ("{n} no", "No, {n}", "I forgot. {n}", "legs {n}, didn't do it", "{n} n"),
    ("en", None): ("{n}", "legs {n}", "about a {n}"),
    ("es", True): ("{n} sí", "{n}, lo hice", "sí, un {n}", "hecho, {n}"),
    ("es", False): ("{n} no", "no lo hice, un {n}", "se me olvidó, {n}"),
    ("es", None): ("{n}", "un {n}", "piernas {n}"),
}

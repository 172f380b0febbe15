"""The two questions of a check-in: how the night was, and whether the last step was done."""

import re
from dataclasses import replace

import pytest

from content.catalogue import Catalogue, Text, with_clinic
from content.entries import SCORE_QUESTION
from content.lint import problems
from content.questions import longest_question
from content.rules import LintRules
from content.segments import count
from tests.content.conftest import as_published

DID = {"en": r"\b(did|done|skipped|tried|yes or no)\b", "es": r"\b(hecho|hiciste|sí o no)\b"}
DAYS = r"yesterday|today|tonight|last night|this morning|ayer|anoche|hoy|esta noche"


def reasons(catalogue: Catalogue, rules: LintRules) -> str:
    return "; ".join(problem.reason for problem in problems(catalogue, as_published(catalogue), rules))


def with_score(catalogue: Catalogue, *bodies: str) -> Catalogue:
    (text,) = catalogue.texts_for(SCORE_QUESTION, "en")
    texts = tuple(replace(text, id=f"{SCORE_QUESTION}.{n}", body=body) for n, body in enumerate(bodies, 1))
    return replace(catalogue, messages={**catalogue.messages, ("en", SCORE_QUESTION): texts})


def with_habit(catalogue: Catalogue, body: str, language: str = "en") -> Catalogue:
    strategy = catalogue.strategies["stretching"]
    asked = {**strategy.asked, language: replace(strategy.asked[language], body=body)}
    return replace(catalogue, strategies={**catalogue.strategies, "stretching": replace(strategy, asked=asked)})


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_strategy_asks_in_its_own_words(catalogue: Catalogue, language: str) -> None:
    asked = [strategy.asked[language].body for strategy in catalogue.strategies.values()]
    assert len(set(asked)) == len(catalogue.strategies)
    assert [body for body in asked if not re.search(DID[language], body.lower())] == []
    assert [body for body in asked if re.search(DAYS, body.lower())] == []


def test_an_english_evening_fits_one_segment_whatever_is_asked(catalogue: Catalogue) -> None:
    score = catalogue.score_question("en").body
    questions = [f"{strategy.asked['en'].body} {score}" for strategy in catalogue.strategies.values()]
    steps = [text for strategy in catalogue.strategies.values() for text in strategy.texts["en"]]
    evenings = [f"{text.body.format(bedtime='10:30pm')} {asked}" for text in steps for asked in questions]
    assert {count(evening).parts for evening in evenings} == {1}


@pytest.mark.parametrize("body", ["Legs last night, 0 to 10 worst? Like 4?", "Legs 0 to 9?", "Legs zero to ten?"])
def test_refuses_a_score_question_with_other_numbers_or_sentences(
    catalogue: Catalogue, rules: LintRules, body: str
) -> None:
    assert "must" in reasons(with_score(catalogue, body), rules)


def test_refuses_a_second_wording_and_a_long_score_question(catalogue: Catalogue, rules: LintRules) -> None:
    first = catalogue.score_question("en").body
    assert "more than one wording" in reasons(with_score(catalogue, first, "Legs at night, 0 calm to 10 worst?"), rules)
    assert "at most 38" in reasons(with_score(catalogue, "How were your legs last night, 0 none to 10 worst?"), rules)
    assert "a word of the habit" in reasons(with_score(catalogue, "Legs done in? 0 none to 10 worst?"), rules)


@pytest.mark.parametrize(
    ("language", "body", "why"),
    [
        ("en", "Was it a stretch?", "must say one of"),
        ("en", "Did you stretch your calves?", "at most 24"),
        ("en", "Did you stretch", "ends in a question mark"),
        ("en", "Cure done?", "claims a cure"),
        ("es", "¿Estiraste?", "must say one of"),
        ("es", "¿Sí o no al estiramiento?", "UCS-2"),
    ],
)
def test_refuses_a_habit_question(catalogue: Catalogue, rules: LintRules, language: str, body: str, why: str) -> None:
    assert why in reasons(with_habit(catalogue, body, language), rules)


def test_refuses_a_step_that_sounds_like_the_habit_question(catalogue: Catalogue, rules: LintRules) -> None:
    strategy = catalogue.strategies["stretching"]
    (first, *others) = strategy.texts["en"]
    texts = {**strategy.texts, "en": (replace(first, body="Stretch for a bit, then be done. Up to you."), *others)}
    changed = {**catalogue.strategies, "stretching": replace(strategy, texts=texts)}
    assert 'says "done"' in reasons(replace(catalogue, strategies=changed), rules)


def test_a_clinics_own_text_need_only_leave_room_for_the_score(catalogue: Catalogue) -> None:
    body = "A" * 101 + "?"
    own = {"strategy": "stretching", "language": "en", "name": "long", "reviewer": "Ana", "reviewed_on": "2026-11-20"}
    added = with_clinic(catalogue, added=[{**own, "body": body}]).text("en", "stretching.clinic-long")
    assert longest_question(catalogue, added) == catalogue.score_question("en").body


def test_asked_texts_are_kept_as_they_were_sent(catalogue: Catalogue) -> None:
    asked = catalogue.text("es", "stretching.asked")
    assert isinstance(asked, Text)
    assert (asked.body, asked.version) == ("¿Hiciste el estiramiento?", 1)

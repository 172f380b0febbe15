"""Checks the two questions of a check-in: was the last step done, and how was the night."""

import re
from collections.abc import Iterator

from content.entries import SCORE_QUESTION, Catalogue, Problem, Text
from content.loading import CLINIC_TEXT_MARK, file_of, key_of
from content.rules import LanguageRules, LintRules, fold
from content.segments import costly_characters


def question_problems(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    """Report questions that are not asked as our answers are read, and steps that use a habit question's words."""
    for language in catalogue.languages:
        house = rules.languages.get(language)
        if house is None:
            continue
        scores = catalogue.messages.get((language, SCORE_QUESTION), ())
        if len(scores) > 1:
            reason = "has more than one wording; a score compares only with answers to the same question"
            yield Problem(f"messages/{language}.toml", SCORE_QUESTION, reason)
        for text in scores:
            yield from _found(text, _of_score(text.body, house))
        for strategy in catalogue.strategies.values():
            yield from _found(strategy.asked[language], _of_habit(strategy.asked[language].body, house))
            for text in strategy.texts.get(language, ()):
                if CLINIC_TEXT_MARK not in text.id and (word := _asks(text.body, house)):
                    yield from _found(text, (f'says "{word}", a word of the habit questions',))


def longest_question(catalogue: Catalogue, step: Text) -> str:
    """Return the longest questions that may follow a step: the habit question, then the score question.

    A clinic's own text need only leave room for the score question: with a habit question it may take another segment.
    """
    score = catalogue.score_question(step.language).body
    if CLINIC_TEXT_MARK in step.id:
        return score
    asked = max((strategy.asked[step.language].body for strategy in catalogue.strategies.values()), key=len)
    return f"{asked} {score}"


def _found(text: Text, reasons: Iterator[str] | tuple[str, ...]) -> Iterator[Problem]:
    return (Problem(file_of(text), key_of(text), reason) for reason in reasons)


def _of_score(body: str, house: LanguageRules) -> Iterator[str]:
    yield from _of_question(body, house.score_question)
    if re.findall(r"\d+", body) != ["0", "10"]:
        yield "must name 0 and 10 in digits, in this order, and no other number"
    if _asks(body, house):
        yield "uses a word of the habit questions"


def _of_habit(body: str, house: LanguageRules) -> Iterator[str]:
    yield from _of_question(body, house.habit_question)
    if not _asks(body, house):
        yield f"must say one of: {', '.join(house.asked)}"


def _of_question(body: str, most: int) -> Iterator[str]:
    if not re.fullmatch(r"[^.!?]+\?", body):
        yield "must be one sentence that ends in a question mark"
    if len(body) > most:
        yield f"has {len(body)} characters; at most {most}"
    if costly := costly_characters(body):
        yield f"has characters that would make every text around it UCS-2: {' '.join(costly)}"


def _asks(body: str, house: LanguageRules) -> str | None:
    """Return the word by which a text asks whether something was done, if any."""
    words = fold(body)
    return next((word for word in house.asked if re.search(rf"\b{re.escape(fold(word))}\b", words)), None)

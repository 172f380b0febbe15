"""Checks how steps offer: as statements, in varied words, and never to people for whom they are unsafe."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from content.entries import Catalogue, Problem
from content.loading import CLINIC_TEXT_MARK, file_of, key_of
from content.rules import LanguageRules, LintRules, cautions_in, fold, hazards_in


def offer_problems(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    """Report our steps that end in a question, and endings used too often.

    The only question a participant is asked is the check-in's, so that "yes" can only answer that one. A clinic's own
    texts are not held to it: clinics have written some that end in a question.
    """
    for language in catalogue.languages:
        steps = [
            text
            for strategy in catalogue.strategies.values()
            for text in strategy.texts.get(language, ())
            if CLINIC_TEXT_MARK not in text.id
        ]
        for text in steps:
            if text.body.rstrip().endswith("?"):
                yield Problem(file_of(text), key_of(text), "ends in a question; an offer is a statement")
        if language in rules.languages:
            house = rules.languages[language]
            endings = Counter(_ending(text.body, house) for text in steps)
            for ending, uses in endings.items():
                if uses * house.same_ending_one_in > len(steps):
                    reason = f'"{ending}" ends {uses} of {len(steps)} texts; at most 1 in {house.same_ending_one_in}'
                    yield Problem("strategies.toml", language, reason)


def _ending(body: str, house: LanguageRules) -> str:
    """Return the choice in the last sentence of a text, or the sentence if it has none."""
    last = re.split(r"[.!?:;] ", fold(body).strip())[-1].rstrip(".!?")
    return next((fold(phrase) for phrase in house.choice if fold(phrase) in last), last)


def hazard_problems(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    """Report texts with a hazard in their words that neither they nor their strategy exclude people for."""
    for strategy in catalogue.strategies.values():
        for text in (text for texts in strategy.texts.values() for text in texts):
            for tag in hazards_in(text.body, text.language, rules):
                if tag not in (*strategy.exclude, *text.exclude):
                    yield Problem(file_of(text), key_of(text), f"must exclude people with {tag}")


def caution_problems(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    """Report texts that do not name a condition which the same text names in another language."""
    for strategy in catalogue.strategies.values():
        named: dict[str, set[str]] = defaultdict(set)
        texts = [text for texts in strategy.texts.values() for text in texts]
        for text in texts:
            named[text.id].update(cautions_in(text.body, text.language, rules))
        for text in texts:
            if missing := named[text.id].difference(cautions_in(text.body, text.language, rules)):
                reason = f"must warn of {', '.join(sorted(missing))}, as it does in another language"
                yield Problem(file_of(text), key_of(text), reason)

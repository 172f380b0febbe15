"""A clinic's own library: strategies switched off and texts added, checked by the same linter."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from content.entries import Catalogue, CatalogueError, Problem, Text, language_of
from content.fields import Fields
from content.lint import Grade, text_problems
from content.loading import CLINIC_TEXT_MARK, key_of, with_known_placeholders
from content.rules import LintRules, hazards_in, load_rules, nearly_the_same

FILE = "clinic"


def with_clinic(
    catalogue: Catalogue,
    switched_off: Collection[str] = (),
    added: Collection[Mapping[str, object]] = (),
    rules: LintRules | None = None,
    grade: Grade | None = None,
) -> Catalogue:
    """Return the library as used by one clinic.

    Args:
        catalogue: the packaged library.
        switched_off: strategy ids that the clinic does not send.
        added: its own texts: {"strategy", "language", "name", "body", "version", "reviewer", "reviewed_on"}, with
            reviewed_on a date or an ISO string, and version 1 by default; the id becomes "stretching.clinic-<name>".
        rules, grade: as for `content.lint.problems`.

    Raises:
        CatalogueError: an unknown strategy or language, no strategy left, or a text the linter refuses.
    """
    rules, problems = rules or load_rules(), list[Problem]()
    for name in set(switched_off) - catalogue.strategies.keys():
        problems.append(Problem(FILE, "switched_off", f'"{name}" is no strategy'))
    own = tuple(_read(number, row, catalogue, rules, problems) for number, row in enumerate(added, 1))
    if problems:
        raise CatalogueError(tuple(problems))
    joined = _joined(catalogue, frozenset(switched_off), own)
    if not any(strategy.offered for strategy in joined.strategies.values()):
        problems.append(Problem(FILE, "switched_off", "leaves no strategy to send"))
    problems.extend(_own_text_problems(joined, own, rules, grade))
    if problems:
        raise CatalogueError(tuple(problems))
    return joined


def _read(
    number: int, row: Mapping[str, object], catalogue: Catalogue, rules: LintRules, problems: list[Problem]
) -> Text:
    """Read one added text. Its strategy and language must exist; its exclusions follow from its words."""
    table = {**row, "reviewed_on": _day(row.get("reviewed_on"))}
    fields = Fields(FILE, f"added.{number}", table, problems)
    strategy, name = fields.one_of("strategy", tuple(catalogue.strategies)), fields.words("name")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        fields.complain("name", "must be of small letters, digits and hyphens")
    text = Text(
        id=f"{strategy}{CLINIC_TEXT_MARK}{name}",
        key=strategy,
        language=fields.one_of("language", catalogue.languages),
        body=fields.words("body"),
        version=fields.whole("version", default=1, least=1),
        reviewer=fields.words("reviewer"),
        reviewed_on=fields.day("reviewed_on"),
        strategy=strategy,
        guide_heading=catalogue.strategies[strategy].guide_heading,
    )
    fields.finish()
    text = replace(text, exclude=hazards_in(text.body, text.language, rules))
    return with_known_placeholders(text, catalogue.placeholders.get(text.language, {}), problems)


def _day(value: object) -> object:
    """Parse an ISO date from a form or a database; anything else is left for `Fields` to refuse."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _joined(catalogue: Catalogue, switched_off: frozenset[str], own: tuple[Text, ...]) -> Catalogue:
    return replace(
        catalogue,
        strategies={
            name: replace(
                strategy,
                texts={
                    language: (*texts, *(text for text in own if text.strategy == name and _is_in(text, language)))
                    for language, texts in strategy.texts.items()
                },
            )
            for name, strategy in catalogue.strategies.items()
            if name not in switched_off
        },
    )


def _is_in(text: Text, language: str) -> bool:
    """Whether people of a language get a clinic's own text: one in it, or in the language it is a variant of."""
    return text.language in (language, language_of(language))


def _own_text_problems(
    joined: Catalogue, own: tuple[Text, ...], rules: LintRules, grade: Grade | None
) -> list[Problem]:
    found: list[Problem] = []
    if not own:
        return found
    for text in own:
        found.extend(text_problems(text, joined, rules, grade))
    for language in joined.languages:
        house = rules.languages[language]
        steps = [text for strategy in joined.strategies.values() for text in strategy.texts[language]]
        ours, theirs = [text for text in steps if text not in own], [text for text in steps if text in own]
        found.extend(
            Problem(FILE, key_of(other), f"is nearly the same as {one.id}")
            for one, other in nearly_the_same(theirs, house.alike, known=ours)
        )
    ids = [(text.language, text.id) for text in own]
    found.extend(Problem(FILE, " ".join(place), "is added twice") for place in set(ids) if ids.count(place) > 1)
    return found

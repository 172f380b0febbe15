"""Loads the library's TOML files into a catalogue, and reports every mistake at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from content.entries import (
    ASKED,
    ActsOn,
    Catalogue,
    CatalogueError,
    MessageKey,
    Placeholder,
    Problem,
    SafetyLines,
    Strategy,
    Text,
)
from content.fields import Fields, Place, open_fields
from content.programmes import read_programmes
from content.rendering import PLACEHOLDER, placeholders_in
from content.text_files import Review, open_texts, read_text
from content.variants import with_variants

KnownPlaceholders = Mapping[str, Mapping[str, Placeholder]]
"""Language to name to placeholder."""

CLINIC_TEXT_MARK = ".clinic-"
"""Stands in the id of a text that a clinic added, which may be in one language only."""


def load_catalogue(directory: Path | None = None) -> Catalogue:
    """Load the library from `directory`, or the one packaged with this code.

    Raises:
        CatalogueError: something is missing, unknown or malformed; it contains every Problem found.
    """
    place: Place = directory or files("content")
    problems: list[Problem] = []
    languages = _names_of_files(place, "messages", problems)
    known = _read_placeholders(place, languages, problems)
    keys = _read_message_keys(place, languages, problems)
    safety, safety_texts = _read_safety(place, languages, problems)
    cadence_titles, programmes = read_programmes(place, languages, problems)
    catalogue = Catalogue(
        strategies=_read_strategies(place, languages, problems),
        messages=_read_messages(place, languages, keys, problems) | safety_texts,
        programmes=programmes,
        safety=safety,
        languages=languages,
        message_keys=keys,
        cadence_titles=cadence_titles,
    )
    catalogue = with_variants(catalogue, place, problems)
    known = {**known, **{variant: known[base] for variant, base in catalogue.variants.items()}}
    catalogue = _with_placeholders(catalogue, known, problems)
    if problems:
        raise CatalogueError(tuple(problems))
    return catalogue


def file_of(text: Text) -> str:
    """Return the file a text is written in; "clinic" for one that a clinic added."""
    if CLINIC_TEXT_MARK in text.id:
        return "clinic"
    if "-" in text.language:
        return f"variants/{text.language}.toml"
    if text.strategy or text.key == ASKED:
        return "strategies.toml"
    _, _, country = text.key.partition(".")
    return f"safety/{country}.toml" if country else f"messages/{text.language}.toml"


def key_of(text: Text) -> str:
    """Return where in its file a text is."""
    return f"{text.language} {text.id}"


def _names_of_files(place: Place, folder: str, problems: list[Problem]) -> tuple[str, ...]:
    try:
        found = sorted(file.name for file in place.joinpath(folder).iterdir() if file.name.endswith(".toml"))
    except OSError:
        found = []
    if not found:
        problems.append(Problem(folder, "", "the folder has no .toml file"))
    return tuple(name.removesuffix(".toml") for name in found)


def _read_placeholders(place: Place, languages: tuple[str, ...], problems: list[Problem]) -> KnownPlaceholders:
    found: dict[str, dict[str, Placeholder]] = {language: {} for language in languages}
    name = "placeholders.toml"
    for placeholder, fields in open_fields(place, name, problems).sections():
        limit, shorten = fields.whole("max_length", least=1), fields.flag("shorten", default=True)
        longest = fields.in_each("longest", languages)
        defaults = fields.in_each("default", languages) if "default" in fields.table else {}
        fields.finish()
        for language in languages:
            # Repeat up to the limit, so that a short sample does not understate the cost.
            costliest = (longest[language] * limit)[:limit]
            found[language][placeholder] = Placeholder(placeholder, limit, costliest, defaults.get(language), shorten)
    return found


def _read_message_keys(place: Place, languages: tuple[str, ...], problems: list[Problem]) -> dict[str, MessageKey]:
    name, found = "message_keys.toml", {}
    for key, fields in open_fields(place, name, problems).sections():
        budget = fields.section("segments", default=dict.fromkeys(languages, 2))
        found[key] = MessageKey(
            key,
            placeholders=fields.names("placeholders", default=()),
            variants=fields.whole("variants", default=1, least=1),
            segments={language: budget.whole(language, least=1) for language in languages},
            must_contain=fields.names("must_contain", default=()),
            audience=cast(
                Any,
                fields.one_of("audience", ("participant", "coach")) if "audience" in fields.table else "participant",
            ),
        )
        budget.finish()
        fields.finish()
    return found


def _read_messages(
    place: Place, languages: tuple[str, ...], keys: Mapping[str, MessageKey], problems: list[Problem]
) -> dict[tuple[str, str], tuple[Text, ...]]:
    found: dict[tuple[str, str], tuple[Text, ...]] = {}
    for language in languages if keys else ():
        fields, review = open_texts(place, f"messages/{language}.toml", problems)
        for key in keys:
            found[language, key] = _read_texts(fields.section(key), review, key, _outline(key, language))
        fields.finish()
    return found


def _read_texts(fields: Fields, review: Review, key: str, outline: Text) -> tuple[Text, ...]:
    """Read a table of numbered texts."""
    texts = []
    for number in fields.table:
        if not number.isdecimal():
            fields.complain(number, "a text's id must be a number")
        texts.append(read_text(fields, number, review, replace(outline, id=f"{key}.{number}")))
    return tuple(texts)


def _read_strategies(place: Place, languages: tuple[str, ...], problems: list[Problem]) -> dict[str, Strategy]:
    fields, review = open_texts(place, "strategies.toml", problems)
    return {
        name: _read_strategy(name, fields.section(name), review, languages) for name in fields.table if name != "review"
    }


def _read_strategy(name: str, fields: Fields, review: Review, languages: tuple[str, ...]) -> Strategy:
    heading = fields.words("guide_heading")
    found = Strategy(
        id=name,
        guide_heading=heading,
        acts_on=cast(ActsOn, fields.one_of("acts_on", ("tonight", "tomorrow"))),
        offered=fields.flag("offered", default=True),
        exclude=fields.names("exclude"),
        needs=fields.names("needs"),
        min_days_between=fields.whole("min_days_between"),
        abstains=fields.flag("abstains", default=False),
        title=fields.in_each("title", languages),
        asked=_read_asked(name, fields.section("asked"), review, languages),
        citation=fields.words("citation"),
        reviewer=fields.words("reviewer", default=review.reviewer),
        texts={
            language: _read_texts(
                fields.section(language),
                review,
                name,
                replace(_outline(name, language), strategy=name, guide_heading=heading),
            )
            for language in languages
        },
    )
    fields.finish()
    return found


def _read_asked(strategy: str, fields: Fields, review: Review, languages: tuple[str, ...]) -> dict[str, Text]:
    found = {
        language: read_text(fields, language, review, replace(_outline(ASKED, language), id=f"{strategy}.{ASKED}"))
        for language in languages
    }
    fields.finish()
    return found


SAFETY_KINDS = (
    *("crisis", "urgent", "crisis_unknown", "urgent_unknown", "worry", "violence", "poison", "driving", "fire"),
    *(f"{kind}_{number}" for kind in ("open_crisis", "open_urgent") for number in (1, 2, 3)),
    *("open_poison_1", "open_poison_2", "line_failed", "calm_crisis", "calm_urgent", "missing"),
)


def _read_safety(
    place: Place, languages: tuple[str, ...], problems: list[Problem]
) -> tuple[dict[str, SafetyLines], dict[tuple[str, str], tuple[Text, ...]]]:
    lines: dict[str, SafetyLines] = {}
    texts: dict[tuple[str, str], tuple[Text, ...]] = {}
    for country in _names_of_files(place, "safety", problems):
        fields, review = open_texts(place, f"safety/{country}.toml", problems)
        bodies: dict[str, dict[str, str]] = {}
        for kind in SAFETY_KINDS:
            section, key = fields.section(kind), f"{kind}.{country}"
            for language in languages:
                text = read_text(section, language, review, replace(_outline(key, language), id=f"{key}.1"))
                texts[language, key] = (text,)
                bodies.setdefault(kind, {})[language] = text.body
            section.finish()
        fields.finish()
        lines[country] = SafetyLines(country, bodies["crisis"], bodies["urgent"])
    return lines, texts


def _outline(key: str, language: str) -> Text:
    return Text(id="", key=key, language=language, body="", version=1, reviewer="", reviewed_on=date.min)


def _with_placeholders(catalogue: Catalogue, known: KnownPlaceholders, problems: list[Problem]) -> Catalogue:
    """Give every text the placeholders it names, and report those that are not known."""

    def completed(texts: tuple[Text, ...]) -> tuple[Text, ...]:
        return tuple(with_known_placeholders(text, known[text.language], problems) for text in texts)

    return replace(
        catalogue,
        messages={place: completed(texts) for place, texts in catalogue.messages.items()},
        strategies={
            name: replace(strategy, texts={language: completed(texts) for language, texts in strategy.texts.items()})
            for name, strategy in catalogue.strategies.items()
        },
        placeholders=known,
    )


def with_known_placeholders(text: Text, known: Mapping[str, Placeholder], problems: list[Problem]) -> Text:
    """Attach to a text the placeholders it names; report unknown ones and stray braces."""
    names = placeholders_in(text.body)
    for name in names:
        if known and name not in known:
            problems.append(Problem(file_of(text), key_of(text), f"unknown placeholder {{{name}}}"))
    if set("{}") & set(PLACEHOLDER.sub("", text.body)):
        problems.append(Problem(file_of(text), key_of(text), "has a brace that belongs to no placeholder"))
    return replace(text, placeholders=tuple(known[name] for name in names if name in known))

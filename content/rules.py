"""The linter's rules, loaded from data: words, budgets, and the reviewed inventory."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib.resources import files
from pathlib import Path

from content.entries import CatalogueError, Problem, Text, language_of
from content.fields import Fields, Place, open_fields
from content.guide import GuideHeading, guide_headings

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class ForbiddenWords:
    """Words that no text of a language may contain: the reason, and a pattern that matches them."""

    reason: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class LanguageRules:
    """What texts of one language must satisfy; `house_rules.toml` explains the fields. Reading grade 0 is no limit."""

    step: int
    nudge: int
    nudge_with_footer: int
    nudge_in_ucs2: int
    nudge_with_footer_in_ucs2: int
    safety: int
    plain_alphabet: bool
    reading_grade: int
    fewest_texts: int
    alike: float
    same_ending_one_in: int
    choice: tuple[str, ...]
    score_question: int
    habit_question: int
    asked: tuple[str, ...]
    watched: tuple[str, ...]
    forbidden: tuple[ForbiddenWords, ...]


@dataclass(frozen=True)
class InventoryEntry:
    """The reviewed safety rules of one strategy: the minimum tags, and what every text must mention.

    "|" separates alternatives in `must_mention`.
    """

    acts_on: str
    exclude: frozenset[str]
    needs: frozenset[str]
    min_days_between: int
    must_mention: Mapping[str, tuple[str, ...]]


WordsByLanguage = Mapping[str, Mapping[str, re.Pattern[str]]]


@dataclass(frozen=True)
class LintRules:
    """All rules: by language, by strategy id, the headings of the guide, and words by tag or condition and language."""

    languages: Mapping[str, LanguageRules]
    inventory: Mapping[str, InventoryEntry]
    hazards: WordsByLanguage
    cautions: WordsByLanguage
    guide: tuple[GuideHeading, ...]


def load_rules(directory: Path | None = None) -> LintRules:
    """Load the rules from `directory`, or the packaged ones.

    Raises:
        CatalogueError: a rule file is missing or malformed.
    """
    place: Place = directory or files("content")
    problems: list[Problem] = []
    forbidden = _read_forbidden(open_fields(place, "forbidden.toml", problems))
    languages = {
        language: _read_language(fields, _forbidden_in(language, forbidden))
        for language, fields in open_fields(place, "house_rules.toml", problems).sections()
    }
    inventory = {
        name: _read_entry(fields) for name, fields in open_fields(place, "inventory.toml", problems).sections()
    }
    hazards, cautions = (_read_words(open_fields(place, file, problems)) for file in ("hazards.toml", "cautions.toml"))
    if problems:
        raise CatalogueError(tuple(problems))
    return LintRules(languages, inventory, hazards, cautions, guide_headings(directory))


def hazards_in(body: str, language: str, rules: LintRules) -> tuple[str, ...]:
    """Return the tags of people for whom the words of a text are unsafe."""
    return _named_in(body, language, rules.hazards)


def cautions_in(body: str, language: str, rules: LintRules) -> tuple[str, ...]:
    """Return the conditions with which a text says to leave its step out."""
    return _named_in(body, language, rules.cautions)


def _named_in(body: str, language: str, known: WordsByLanguage) -> tuple[str, ...]:
    words = fold(body)
    return tuple(
        name
        for name, by_language in known.items()
        if (pattern := by_language.get(language) or by_language.get(language_of(language))) and pattern.search(words)
    )


def fold(words: str) -> str:
    """Return `words` in lowercase without accents, for comparison."""
    if words.isascii():
        return words.casefold()
    split = unicodedata.normalize("NFD", words.casefold())
    return "".join(character for character in split if not unicodedata.combining(character))


def _read_words(file: Fields) -> WordsByLanguage:
    return {
        name: {language: _pattern(fields.names(language)) for language in fields.table}
        for name, fields in file.sections()
    }


def _read_language(fields: Fields, forbidden: tuple[ForbiddenWords, ...]) -> LanguageRules:
    found = LanguageRules(
        step=fields.whole("step", least=1),
        nudge=fields.whole("nudge", least=1),
        nudge_with_footer=fields.whole("nudge_with_footer", least=1),
        nudge_in_ucs2=fields.whole("nudge_in_ucs2", default=1, least=1),
        nudge_with_footer_in_ucs2=fields.whole("nudge_with_footer_in_ucs2", default=1, least=1),
        safety=fields.whole("safety", least=1),
        plain_alphabet=fields.flag("plain_alphabet"),
        reading_grade=fields.whole("reading_grade"),
        fewest_texts=fields.whole("fewest_texts", least=1),
        alike=fields.whole("alike_percent", least=1) / 100,
        same_ending_one_in=fields.whole("same_ending_one_in", least=1),
        choice=fields.names("choice"),
        score_question=fields.whole("score_question", least=1),
        habit_question=fields.whole("habit_question", least=1),
        asked=fields.names("asked"),
        watched=fields.names("watched"),
        forbidden=forbidden,
    )
    fields.finish()
    return found


def _forbidden_in(language: str, forbidden: Mapping[str, tuple[ForbiddenWords, ...]]) -> tuple[ForbiddenWords, ...]:
    """Return what no text of a language may say; a variant must not say what its language must not, and more."""
    return tuple(word for one in dict.fromkeys((language_of(language), language)) for word in forbidden.get(one, ()))


def _read_entry(fields: Fields) -> InventoryEntry:
    mention = fields.section("must_mention", default={})
    found = InventoryEntry(
        acts_on=fields.one_of("acts_on", ("tonight", "tomorrow")),
        exclude=frozenset(fields.names("exclude", default=())),
        needs=frozenset(fields.names("needs", default=())),
        min_days_between=fields.whole("min_days_between", default=0),
        must_mention={language: mention.names(language) for language in mention.table},
    )
    fields.finish()
    return found


def _read_forbidden(fields: Fields) -> dict[str, tuple[ForbiddenWords, ...]]:
    """Read the word lists, by language."""
    found: dict[str, tuple[ForbiddenWords, ...]] = {}
    for _, section in fields.sections():
        reason = section.words("reason")
        for language in section.table.keys() - {"reason"}:
            words = section.names(language)
            found[language] = (*found.get(language, ()), ForbiddenWords(reason, _pattern(words)))
    return found


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Match any of the words at the start of a word; one that ends in "." only as a whole word."""
    parts = (re.escape(fold(word).removesuffix(".")) + (r"\b" if word.endswith(".") else "") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})")


def nearly_the_same(texts: Sequence[Text], limit: float, known: Sequence[Text] = ()) -> Iterator[tuple[Text, Text]]:
    """Yield the pairs whose letters match, in order, by a share of at least `limit` (0 to 1).

    `texts` are compared with each other and with `known`; those of `known` have been compared before.
    """
    words = {text.id: frozenset(_WORD.findall(text.body.casefold())) for text in (*known, *texts)}
    pairs = ((one, other) for place, other in enumerate(texts) for one in (*known, *texts[:place]))
    for one, other in pairs:
        if _share(words[one.id], words[other.id]) >= limit / 2 and _are_alike(one.body, other.body, limit):
            yield one, other


def _share(words: frozenset[str], others: frozenset[str]) -> float:
    """Return the share of words in common: a cheap bound, since similar letters come from shared words."""
    return 2 * len(words & others) / max(1, len(words) + len(others))


def _are_alike(body: str, other: str, limit: float) -> bool:
    letters = SequenceMatcher(None, body.casefold(), other.casefold(), autojunk=False)
    return letters.quick_ratio() >= limit and letters.ratio() >= limit  # the quick one is never smaller

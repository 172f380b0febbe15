"""The entries of the library: texts, strategies, programs, safety lines, and the catalogue that holds them.

Frozen dataclasses and lookups only. Other packages import `content.catalogue`.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

Anchor = Literal["wall", "bedtime"]
ActsOn = Literal["tonight", "tomorrow"]

UNREVIEWED = "Not reviewed by a clinician"
"""Stands in `reviewer` where no clinician has reviewed a text."""

ASKED = "asked"
"""The key of the questions whether a step was done; their ids are such as "stretching.asked"."""

SCORE_QUESTION = "check_in_score"
"""The message key of the question about the night."""


def language_of(language: str) -> str:
    """Return the language of a variant: "es" for "es-ES", and any other itself."""
    return language.partition("-")[0]


def as_theirs(language: str, theirs: str) -> str:
    """Return a language, in the variant of it that a person has: who is written to as in Spain stays so."""
    return theirs if language_of(theirs) == language else language


@dataclass(frozen=True)
class Problem:
    """One thing a reviewer would refuse: the file, the key in it, and the reason."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.reason) if part)


class CatalogueError(ValueError):
    """The library cannot be used; `problems` says why, and `str()` gives one line for each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Placeholder:
    """A `{name}` in a text, in one language.

    Attributes:
        name: the word between the braces.
        max_length: maximum length of a value; longer ones are shortened, or refused if `shorten` is false.
        costliest: a value of `max_length` characters that costs as many segments as any value may (for the linter).
        default: used when no value is known; None means that a value is required.
        shorten: false for values that are useless when cut, such as an address.
    """

    name: str
    max_length: int
    costliest: str
    default: str | None = None
    shorten: bool = True


@dataclass(frozen=True)
class Text:
    """One reviewed text in one language.

    Attributes:
        id: stable name such as "stretching.1"; (language, id) is unique, and an id means the same in every language.
        key: what it says: a strategy id ("stretching") or a message key ("welcome").
        body: the words, with `{placeholders}`.
        version: 1 and up; the words of a version never change (`content.published`).
        strategy, guide_heading: None for messages.
        exclude: tags of people who must never get this text, besides those of its strategy.
    """

    id: str
    key: str
    language: str
    body: str
    version: int
    reviewer: str
    reviewed_on: date
    strategy: str | None = None
    guide_heading: str | None = None
    placeholders: tuple[Placeholder, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody has put their name to it."""
        return self.reviewer != UNREVIEWED


@dataclass(frozen=True)
class Strategy:
    """One habit of the guide.

    Attributes:
        acts_on: the day its action is for. What is done tomorrow can only change tomorrow's night.
        offered: false for one that is kept so that earlier decisions can be read, and is no longer sent.
        exclude: tags of people who must never get it; needs: tags a person must have to get it.
        min_days_between: minimum days between texts of this strategy; 0 leaves it to the policy.
        abstains: the step is to go without something, so that "skipped" means it was done.
        title: language to the name shown to coaches.
        asked: language to the question whether it was done; the text's key is `ASKED`.
        citation: the guideline or study behind it, with its year.
        reviewer: the clinician who reviewed it, or `UNREVIEWED`.
        texts: language to its texts.
    """

    id: str
    guide_heading: str
    acts_on: ActsOn
    offered: bool
    exclude: tuple[str, ...]
    needs: tuple[str, ...]
    min_days_between: int
    abstains: bool
    title: Mapping[str, str]
    asked: Mapping[str, Text]
    citation: str
    reviewer: str
    texts: Mapping[str, tuple[Text, ...]]

    def texts_open_to(self, language: str, exclude: AbstractSet[str]) -> tuple[Text, ...]:
        """Return the texts in `language` that a person with these exclusion tags may get."""
        return tuple(text for text in self.texts[language] if exclude.isdisjoint(text.exclude))

    def exclusion_tags(self) -> frozenset[str]:
        """Return every tag that bars this strategy or one of its texts."""
        of_texts = (text.exclude for texts in self.texts.values() for text in texts)
        return frozenset(self.exclude).union(*of_texts)


@dataclass(frozen=True)
class Slot:
    """One text of a program's day.

    Attributes:
        anchor: "wall" counts from the person's own time for this slot, "bedtime" from their bedtime.
        offset_minutes: minutes after the anchor (negative: before).
        default_time: local wall time if the person chose none (for "bedtime": if no bedtime is known).
        time_box_minutes: how long after its time the text may still be sent; later it expires.
    """

    id: str
    sends_step: bool
    asks_check_in: bool
    anchor: Anchor
    offset_minutes: int
    default_time: time | None
    time_box_minutes: int


@dataclass(frozen=True)
class Programme:
    """Who is texted how often, as data.

    Attributes:
        check_in_mode: "evening" or "morning": when the night is asked about; a chart never mixes the two.
        cadences: cadence name to the ISO weekdays (1 Monday to 7 Sunday) on which the day's slots are due.
        policy: name of the policy that chooses the step.
        step_down_after: unanswered check-ins in a row after which the cadence becomes `step_down_to`.
        taper: (nights since the start, cadence) in ascending order: what to offer then.
        carry_on_every_days: days between two "shall we carry on?" texts.
    """

    id: str
    title: Mapping[str, str]
    check_in_mode: Literal["evening", "morning"]
    slots: tuple[Slot, ...]
    cadences: Mapping[str, frozenset[int]]
    default_cadence: str
    policy: str
    step_down_after: int
    step_down_to: str
    taper: tuple[tuple[int, str], ...]
    carry_on_every_days: int


@dataclass(frozen=True)
class SafetyLines:
    """A country's helplines, by language: the immediate reply to a crisis and to an urgent medical sign."""

    country: str
    crisis: Mapping[str, str]
    urgent: Mapping[str, str]


@dataclass(frozen=True)
class MessageKey:
    """What every text of a message key must satisfy.

    Attributes:
        placeholders: exactly those that each of its texts has.
        variants: minimum number of texts per language.
        segments: language to the maximum segments, with the costliest values filled in.
        must_contain: words that each of its texts contains verbatim, such as STOP.
        audience: "participant" or "coach".
    """

    key: str
    placeholders: tuple[str, ...]
    variants: int
    segments: Mapping[str, int]
    must_contain: tuple[str, ...]
    audience: Literal["participant", "coach"]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The whole library, loaded and well-formed. Compared by identity, so that it can be a cache key.

    Attributes:
        strategies, programmes: by id, in the order of their files.
        messages: (language, key) to texts; including the safety lines, as "crisis.us", "urgent.us" and so on.
        safety: country ("us", "gb", "es") to its lines.
        languages: such as ("en", "es", "es-ES").
        variants: language to the one it is a variant of, whose texts it shares except those it says in its own words.
        message_keys: by key, what its texts must satisfy.
        cadence_titles: cadence to language to the words a participant reads.
        placeholders: language to name to placeholder.
    """

    strategies: Mapping[str, Strategy]
    messages: Mapping[tuple[str, str], tuple[Text, ...]]
    programmes: Mapping[str, Programme]
    safety: Mapping[str, SafetyLines]
    languages: tuple[str, ...]
    message_keys: Mapping[str, MessageKey] = field(default_factory=dict)
    cadence_titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    placeholders: Mapping[str, Mapping[str, Placeholder]] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)

    @property
    def spoken(self) -> tuple[str, ...]:
        """The languages without their variants: those in which replies are read and pages written."""
        return tuple(language for language in self.languages if language not in self.variants)

    def texts_for(self, key: str, language: str) -> tuple[Text, ...]:
        """Return the texts of a message key or a strategy id in `language`; KeyError if there are none."""
        if key in self.strategies:
            return self.strategies[key].texts[language]
        return self.messages[language, key]

    def text(self, language: str, text_id: str) -> Text:
        """Return a text by its id; KeyError if the library does not have it (see `content.published`)."""
        known = {text.language: text for text in self.all_texts() if text.id == text_id}
        for spoken in (language, self.variants.get(language)):
            if spoken in known:
                return known[spoken]
        raise KeyError((language, text_id))

    def exclusion_tags(self) -> frozenset[str]:
        """Return every tag that bars a strategy or a text."""
        return frozenset().union(*(strategy.exclusion_tags() for strategy in self.strategies.values()))

    def all_texts(self) -> tuple[Text, ...]:
        """Return every text once: the steps first, then the questions about them, then the messages."""
        steps = (
            text
            for strategy in self.strategies.values()
            for language, texts in strategy.texts.items()
            for text in texts
            if text.language == language
        )
        asked = (
            text
            for strategy in self.strategies.values()
            for language, text in strategy.asked.items()
            if text.language == language
        )
        said = (text for (language, _), texts in self.messages.items() for text in texts if text.language == language)
        return (*steps, *asked, *said)

    def score_question(self, language: str) -> Text:
        """Return the question about the night, which is the same for everybody."""
        return self.messages[language, SCORE_QUESTION][0]

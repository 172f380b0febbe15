"""Checks the library for everything a reviewer would refuse. A process refuses to start with a faulty library.

`problems` checks a whole library (`coach content check` prints them), `text_problems` one text, such as a clinic's own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from content.entries import ASKED, Catalogue, CatalogueError, Problem, Strategy, Text, language_of
from content.loading import CLINIC_TEXT_MARK, file_of, key_of, load_catalogue
from content.offers import caution_problems, hazard_problems, offer_problems
from content.published import Published, load_published, unpublished
from content.questions import longest_question, question_problems
from content.rendering import PLACEHOLDER, placeholders_in
from content.rules import InventoryEntry, LanguageRules, LintRules, fold, load_rules, nearly_the_same
from content.segments import costly_characters, count, normalise

Grade = Callable[[str], float]
"""English words to a school grade (Flesch-Kincaid)."""


def problems(
    catalogue: Catalogue, published: Published, rules: LintRules | None = None, grade: Grade | None = None
) -> tuple[Problem, ...]:
    """Return everything wrong with a loaded library, in the order of its files; empty if it may be used.

    Args:
        catalogue: the library; `load_catalogue` has already refused what is malformed.
        published: every version ever published (`content.published`).
        rules: the packaged ones by default.
        grade: returns the reading grade of English, or None to skip that check (see `reading_grade`).
    """
    rules = rules or load_rules()
    found: list[Problem] = []
    for text in catalogue.all_texts():
        found.extend(text_problems(text, catalogue, rules, grade))
    found.extend(_of_variants(catalogue, rules))
    found.extend(_of_inventory(catalogue, rules))
    found.extend(_of_guide(catalogue, rules))
    found.extend(_of_completeness(catalogue, rules))
    found.extend(_of_likeness(catalogue, rules))
    found.extend(offer_problems(catalogue, rules))
    found.extend(question_problems(catalogue, rules))
    found.extend(hazard_problems(catalogue, rules))
    found.extend(caution_problems(catalogue, rules))
    found.extend(unpublished(catalogue, published))
    return tuple(dict.fromkeys(found))


def load_checked(directory: Path | None = None, grade: Grade | None = None) -> Catalogue:
    """Load the library and refuse one with any problem; called at the start of a process.

    Raises:
        CatalogueError: with every problem found.
    """
    catalogue = load_catalogue(directory)
    if found := problems(catalogue, load_published(directory), load_rules(directory), grade):
        raise CatalogueError(found)
    return catalogue


def reading_grade() -> Grade | None:
    """Return textstat's Flesch-Kincaid grade, or None where textstat, a development dependency, is not installed."""
    try:
        import textstat  # noqa: PLC0415 - only development has it
    except ImportError:
        return None
    grade: Grade = textstat.flesch_kincaid_grade
    return grade


def notes(grade: Grade | None) -> tuple[str, ...]:
    """Return which checks were skipped, in plain words."""
    return (
        () if grade else ("The reading grade was not checked: that needs textstat, which only development installs.",)
    )


def filled(text: Text) -> str:
    """Fill a text with the costliest values its placeholders allow."""
    values = {placeholder.name: placeholder.costliest for placeholder in text.placeholders}
    return normalise(PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text.body))


def text_problems(
    text: Text, catalogue: Catalogue, rules: LintRules, grade: Grade | None = None
) -> tuple[Problem, ...]:
    """List what is wrong with one text by itself."""
    house = rules.languages.get(text.language)
    if house is None:
        reasons: Iterable[str] = (f'house_rules.toml has no rules for the language "{text.language}"',)
    elif text.key == ASKED:
        reasons = (*_spelling(text, house), *_wording(text, house))  # the rest is `question_problems`
    else:
        reasons = (
            *_spelling(text, house),
            *_wording(text, house),
            *_required(text, catalogue, rules, house),
            *_budget(text, catalogue, house),
            *_reading(text, catalogue, house, grade),
        )
    return tuple(Problem(file_of(text), key_of(text), reason) for reason in reasons)


OWN_WORDS = "\n{plan}"


def _spelling(text: Text, house: LanguageRules) -> Iterator[str]:
    if text.body != normalise(text.body):
        yield "has typographic signs that cost a larger alphabet: use plain quotes, dashes, dots and spaces"
    if text.body.replace(OWN_WORDS, " {plan}") != " ".join(text.body.split()):
        yield "has line breaks, double spaces, or a space at an end"
    if "{plan}" in text.body and not text.body.endswith(OWN_WORDS):
        yield "must put their own words on a line of their own at the end: a lock screen shows the first line"
    costly = costly_characters(PLACEHOLDER.sub("", text.body))
    if house.plain_alphabet and costly:
        yield f"has characters that force UCS-2 and halve the room: {' '.join(costly)}"


def _wording(text: Text, house: LanguageRules) -> Iterator[str]:
    words = fold(text.body)
    for forbidden in house.forbidden:
        if found := forbidden.pattern.search(words):
            yield f'"{found[0]}" {forbidden.reason}'


def _required(text: Text, catalogue: Catalogue, rules: LintRules, house: LanguageRules) -> Iterator[str]:
    if text.strategy:
        entry = rules.inventory.get(text.strategy)
        yield from _missing(text, house.choice, "offers no choice; every step has one of")
        for phrase in entry.must_mention.get(language_of(text.language), ()) if entry else ():
            yield from _missing(text, tuple(phrase.split("|")), "must mention")
    elif "." in text.key:
        yield from _missing(text, house.watched, "must say plainly")
    elif key := catalogue.message_keys.get(text.key):
        for word in key.must_contain:
            if word not in text.body.replace(",", " ").replace(".", " ").replace(":", " ").split():
                yield f"must contain {word}"
        if set(placeholders_in(text.body)) != set(key.placeholders):
            wanted = ", ".join(f"{{{name}}}" for name in key.placeholders) or "none"
            yield f"must have exactly these placeholders: {wanted}"


def _missing(text: Text, phrases: tuple[str, ...], complaint: str) -> Iterator[str]:
    words = fold(text.body)
    if phrases and not any(fold(phrase) in words for phrase in phrases):
        yield f"{complaint}: {', '.join(phrases)}"


def _budget(text: Text, catalogue: Catalogue, house: LanguageRules) -> Iterator[str]:
    if not text.strategy:
        key = catalogue.message_keys.get(text.key)
        most = key.segments.get(text.language, house.safety) if key else house.safety
        yield from _too_long("", filled(text), most)
        return
    ucs2 = not house.plain_alphabet and bool(costly_characters(filled(text)))
    footer = catalogue.messages[text.language, "stop_help_footer"][0].body
    question = longest_question(catalogue, text)
    yield from _too_long("", filled(text), house.step)
    nudge, with_footer = (
        (house.nudge_in_ucs2, house.nudge_with_footer_in_ucs2) if ucs2 else (house.nudge, house.nudge_with_footer)
    )
    yield from _too_long(" with the check-in question", f"{filled(text)} {question}", nudge)
    yield from _too_long(
        " with the question and the STOP/HELP line", f"{filled(text)} {question} {footer}", with_footer
    )


def _too_long(what: str, body: str, most: int) -> Iterator[str]:
    segments = count(body)
    if segments.parts > most:
        yield (
            f"takes {segments.parts} segments{what}, with the longest values allowed "
            f"({segments.units} units of {segments.encoding}); at most {most}"
        )


def _reading(text: Text, catalogue: Catalogue, house: LanguageRules, grade: Grade | None) -> Iterator[str]:
    key = catalogue.message_keys.get(text.key)
    if grade is None or not house.reading_grade or (key and key.audience == "coach"):
        return
    # Replace values by a number: a clinic's name says nothing about our writing.
    found = grade(PLACEHOLDER.sub("7", text.body))
    if found > house.reading_grade:
        yield f"reads at school grade {found:.1f}; at most {house.reading_grade}"


def _of_variants(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    """Report texts that a variant shares with its language and that use a word its readers would not."""
    for variant, base in catalogue.variants.items():
        house = rules.languages.get(variant)
        keys = (*catalogue.strategies, *(key for language, key in catalogue.messages if language == base))
        shared = (text for key in keys for text in catalogue.texts_for(key, variant) if text.language == base)
        for text in shared if house else ():
            for reason in _wording(text, house) if house else ():
                yield Problem(f"variants/{variant}.toml", key_of(text), f"{reason}: write this one")


def _of_inventory(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    for name in rules.inventory.keys() - catalogue.strategies.keys():
        yield Problem("strategies.toml", name, "the strategy is missing, and inventory.toml has it")
    for name, strategy in catalogue.strategies.items():
        entry = rules.inventory.get(name)
        if entry is None:
            yield Problem("strategies.toml", name, "is not in inventory.toml: have its exclusions reviewed first")
        else:
            yield from (Problem("strategies.toml", f"{name}.{field}", why) for field, why in _loosened(strategy, entry))


def _loosened(strategy: Strategy, entry: InventoryEntry) -> Iterator[tuple[str, str]]:
    if strategy.acts_on != entry.acts_on:
        yield "acts_on", f'must be "{entry.acts_on}"'
    if dropped := entry.exclude - set(strategy.exclude):
        yield "exclude", f"must exclude people with {', '.join(sorted(dropped))}"
    if dropped := entry.needs - set(strategy.needs):
        yield "needs", f"must need {', '.join(sorted(dropped))}"
    if strategy.min_days_between < entry.min_days_between:
        yield "min_days_between", f"must be at least {entry.min_days_between}"


def _of_guide(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    texted: Mapping[str, tuple[str, ...]] = {heading.guide: heading.strategies for heading in rules.guide}
    for name, strategy in catalogue.strategies.items():
        if name not in texted.get(strategy.guide_heading, ()):
            reason = f'guide.toml has no heading "{strategy.guide_heading}" texted by {name}'
            yield Problem("strategies.toml", f"{name}.guide_heading", reason)
    for heading, names in texted.items():
        for name in names:
            if name not in rules.inventory:
                yield Problem("guide.toml", heading, f'"{name}" is no strategy')


def _of_completeness(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    for name, strategy in catalogue.strategies.items():
        yield from _unlike_first_language(catalogue, name, dict(strategy.texts))
        for language, texts in strategy.texts.items():
            fewest = rules.languages[language].fewest_texts if language in rules.languages else 1
            if len(texts) < fewest:
                yield Problem("strategies.toml", f"{name}.{language}", f"has {len(texts)} texts; at least {fewest}")
    for key, rule in catalogue.message_keys.items():
        by_language = {language: catalogue.messages.get((language, key), ()) for language in catalogue.languages}
        for language, texts in by_language.items():
            if len(texts) < rule.variants:
                reason = f"has {len(texts)} texts; at least {rule.variants}"
                yield Problem(f"messages/{language}.toml", key, reason)


def _unlike_first_language(
    catalogue: Catalogue, name: str, by_language: Mapping[str, tuple[Text, ...]]
) -> Iterator[Problem]:
    """Report ids that a language lacks, and placeholders or exclusions that differ between languages."""
    named = {
        language: {text.id: text for text in texts if CLINIC_TEXT_MARK not in text.id}
        for language, texts in by_language.items()
    }
    every_id = dict.fromkeys(text_id for texts in named.values() for text_id in texts)
    for text_id in every_id:
        for language in catalogue.languages:
            if text_id not in named.get(language, {}):
                yield Problem(
                    "strategies.toml", f"{name}.{language}", f"the text {text_id} is missing in this language"
                )
        texts = [texts[text_id] for texts in named.values() if text_id in texts]
        if len({frozenset(placeholders_in(text.body)) for text in texts}) > 1:
            yield Problem("strategies.toml", name, f"{text_id} has different placeholders in its languages")
        if len({frozenset(text.exclude) for text in texts}) > 1:
            yield Problem("strategies.toml", name, f"{text_id} excludes different people in its languages")


def _of_likeness(catalogue: Catalogue, rules: LintRules) -> Iterator[Problem]:
    for language in catalogue.languages:
        limit = rules.languages[language].alike if language in rules.languages else 1.0
        steps = [text for strategy in catalogue.strategies.values() for text in strategy.texts.get(language, ())]
        groups = [steps, *(texts for (spoken, _), texts in catalogue.messages.items() if spoken == language)]
        for group in groups:
            for one, other in nearly_the_same(group, limit):
                yield Problem(file_of(other), key_of(other), f"is nearly the same as {one.id}")

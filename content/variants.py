"""A variant of a language, such as Spanish as in Spain: it says some texts in its own words, and the rest alike.

A file of `variants/` holds the texts that differ and names those that read the same. Each text of the language is one
or the other, so that nobody reads words that nobody has looked at. A text that reads the same is the language's own,
with its id and version.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from content.entries import ASKED, Catalogue, Problem, Strategy, Text
from content.fields import Fields, Place
from content.text_files import open_texts, read_text

FOLDER = "variants"
SAME = "same"


@dataclass(frozen=True, slots=True)
class Written:
    """What a variant says in its own words: texts by id, and titles by strategy."""

    language: str
    base: str
    texts: Mapping[str, Text]
    titles: Mapping[str, str]

    def of(self, texts: Iterable[Text]) -> tuple[Text, ...]:
        """Return the variant's texts for those of its base language."""
        return tuple(self.texts.get(text.id, text) for text in texts)


def with_variants(catalogue: Catalogue, place: Place, problems: list[Problem]) -> Catalogue:
    """Add the variants of `place` to a library, unless it has problems of its own."""
    folder = place.joinpath(FOLDER)
    names = sorted(file.name for file in folder.iterdir()) if folder.is_dir() and not problems else []
    for name in names:
        if name.endswith(".toml"):
            written = _read_variant(f"{FOLDER}/{name}", name.removesuffix(".toml"), catalogue, place, problems)
            if not problems:
                catalogue = _joined(catalogue, written)
    return catalogue


def _read_variant(file: str, language: str, catalogue: Catalogue, place: Place, problems: list[Problem]) -> Written:
    fields, review = open_texts(place, file, problems)
    base = fields.one_of("like", catalogue.languages)
    alike = set(fields.names(SAME, default=()))
    texts: dict[str, Text] = {}
    by_key = _texts_by_key(catalogue, base)
    for key, originals in by_key.items():
        section = fields.section(key, default={})
        named = {_name_of(text): replace(text, language=language) for text in originals}
        for name in _own_words(section, named, all_alike=key in alike):
            read = read_text(section, name, review, named[name])
            texts[read.id] = replace(read, exclude=named[name].exclude)  # as in the language it is a variant of
        section.finish()
    section = fields.section("title", default={})
    titles = {id: section.words(id) for id in _own_words(section, catalogue.strategies, all_alike="title" in alike)}
    section.finish()
    for key in sorted(alike - by_key.keys() - {"title"}):
        fields.complain(SAME, f'"{key}" is no text of "{base}"')
    fields.finish()
    return Written(language, base, texts, titles)


def _texts_by_key(catalogue: Catalogue, base: str) -> dict[str, tuple[Text, ...]]:
    """Return every text of a language by the table that a variant's file has for it."""
    steps = {id: strategy.texts[base] for id, strategy in catalogue.strategies.items()}
    asked = tuple(strategy.asked[base] for strategy in catalogue.strategies.values())
    messages = {key: texts for (language, key), texts in catalogue.messages.items() if language == base}
    return steps | messages | {ASKED: asked}


def _name_of(text: Text) -> str:
    """Return how a table names a text: by its number, or a question by its strategy."""
    return text.id.removesuffix(f".{ASKED}") if text.key == ASKED else text.id.rpartition(".")[2]


def _own_words(section: Fields, names: Iterable[str], *, all_alike: bool) -> list[str]:
    """Return which of some texts a table writes, and report those that it does not decide about, or twice."""
    alike = section.names(SAME, default=())
    own = [name for name in names if name in section.table]
    for name in names:
        if (name in own) + (name in alike) + all_alike != 1:
            section.complain(name, f'must either be written or be in "{SAME}"')
    return own


def _joined(catalogue: Catalogue, written: Written) -> Catalogue:
    language, base = written.language, written.base

    def strategy_with(strategy: Strategy) -> Strategy:
        return replace(
            strategy,
            title={**strategy.title, language: written.titles.get(strategy.id, strategy.title[base])},
            asked={**strategy.asked, language: written.of([strategy.asked[base]])[0]},
            texts={**strategy.texts, language: written.of(strategy.texts[base])},
        )

    messages = {
        (language, key): written.of(texts) for (spoken, key), texts in catalogue.messages.items() if spoken == base
    }

    def lines_of(kind: str, country: str) -> dict[str, str]:
        return {language: messages[language, f"{kind}.{country}"][0].body}

    return replace(
        catalogue,
        safety={
            country: replace(
                lines,
                crisis={**lines.crisis, **lines_of("crisis", country)},
                urgent={**lines.urgent, **lines_of("urgent", country)},
            )
            for country, lines in catalogue.safety.items()
        },
        strategies={id: strategy_with(strategy) for id, strategy in catalogue.strategies.items()},
        messages={**catalogue.messages, **messages},
        languages=(*catalogue.languages, language),
        variants={**catalogue.variants, language: base},
        message_keys={
            key: replace(rule, segments={**rule.segments, language: rule.segments[base]})
            for key, rule in catalogue.message_keys.items()
        },
        cadence_titles={name: {**titles, language: titles[base]} for name, titles in catalogue.cadence_titles.items()},
    )

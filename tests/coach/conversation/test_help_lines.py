"""The whole table of help lines: what is told now, what was told within the hour, and who holds the phone."""

from itertools import chain, combinations, product

import pytest

from coach.conversation.help_lines import BESIDE, DANGERS, HOLDERS, LINES, Danger, Holder, lines_for
from content.catalogue import Catalogue

SETS: list[tuple[Danger, ...]] = list(chain.from_iterable(combinations(DANGERS, count) for count in range(3)))
LATELY: list[tuple[Danger, ...]] = [(), ("self",), ("poison",), ("self", "poison")]
COUNTRIES = {
    "us": ("911", "988", "1-800-222-1222"),
    "gb": ("999", "116 123", "111"),
    "es": ("112", "024", "915 620 420"),
}
TELLING = ("suicid", "thoughts of", "taken too much", "life feels", "i'm glad you said")


def _says(catalogue: Catalogue, keys: tuple[str, ...], country: str, language: str = "en") -> str:
    return " ".join(catalogue.texts_for(f"{key}.{country}", language)[0].body for key in keys)


@pytest.mark.parametrize("holder", HOLDERS)
def test_every_row_names_the_numbers_that_fit_and_gives_nothing_away(catalogue: Catalogue, holder: Holder) -> None:
    for told, lately, country in product(SETS, LATELY, COUNTRIES):
        keys = lines_for(frozenset(told), frozenset(lately), holder)
        row, said = (told, lately, country), _says(catalogue, keys, country)
        emergency, talk, poison = COUNTRIES[country]
        assert bool(keys) is bool(told), row
        if not told:
            continue
        assert len(keys) <= 3, row
        assert emergency in said, row
        if "self" in (*told, *lately):
            assert talk in said, row
        if "poison" in (*told, *lately):
            assert poison in said, row
        if "reads_along" in holder:
            assert not [word for word in TELLING if word in said.lower()], row
        if holder.startswith("unknown") and "fire" not in told:
            assert "coach" not in said, row


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_newest_danger_stands_first_whatever_was_told_before(holder: Holder) -> None:
    column = HOLDERS.index(holder)
    for danger, lately in product(DANGERS, LATELY):
        assert lines_for({danger}, frozenset(lately), holder)[0] == LINES[danger][column]


def test_nothing_is_said_twice() -> None:
    for told, lately, holder in product(SETS, LATELY, HOLDERS):
        keys = lines_for(frozenset(told), frozenset(lately), holder)
        assert len(keys) == len(set(keys))


def test_the_table_has_a_text_for_every_danger_and_holder_in_every_country(catalogue: Catalogue) -> None:
    dangers: list[Danger] = [*LINES]
    assert tuple(dangers) == DANGERS
    for keys in (*LINES.values(), *BESIDE.values()):
        for key, country, language in product(keys, COUNTRIES, ("en", "es")):
            assert catalogue.texts_for(f"{key}.{country}", language)


OTHER_WAYS = {"us": ("911", "988"), "gb": ("999", "85258"), "es": ("112", "717 003 717")}


@pytest.mark.parametrize("language", ["en", "es", "es-ES"])
@pytest.mark.parametrize("country", OTHER_WAYS)
def test_whom_a_line_failed_is_told_of_another_one(catalogue: Catalogue, country: str, language: str) -> None:
    [text] = catalogue.texts_for(f"line_failed.{country}", language)
    assert all(number in text.body for number in OTHER_WAYS[country])


@pytest.mark.parametrize("country", COUNTRIES)
def test_somebody_hurt_by_another_gets_the_line_for_violence_too(catalogue: Catalogue, country: str) -> None:
    keys = lines_for({"body", "violence"}, frozenset(), "own")
    assert keys == ("urgent", "violence")
    assert COUNTRIES[country][0] in _says(catalogue, keys, country)

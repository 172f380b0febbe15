"""Spanish as in Spain: every text is either written or the same by decision, in words that are said there."""

from pathlib import Path

import pytest

from content.catalogue import Catalogue, CatalogueError, load_catalogue
from content.entries import as_theirs
from content.lint import filled, load_checked
from content.segments import count
from content.wording import fill

SPAIN = "variants/es-ES.toml"


def test_a_person_in_spain_reads_their_own_words_and_the_rest_alike(catalogue: Catalogue) -> None:
    written, shared = (catalogue.texts_for("stretching", "es-ES")[number] for number in (0, 3))
    assert "gemelos" in written.body
    assert (written.language, written.id) == ("es-ES", "stretching.1")
    assert shared == catalogue.texts_for("stretching", "es")[3]
    assert catalogue.languages == ("en", "es", "es-ES")
    assert catalogue.spoken == ("en", "es")


def test_it_bars_the_same_people_from_each_text(catalogue: Catalogue) -> None:
    for strategy in catalogue.strategies.values():
        there = {text.id: text.exclude for text in strategy.texts["es-ES"]}
        assert there == {text.id: text.exclude for text in strategy.texts["es"]}


def test_help_lines_are_those_of_the_country_in_the_words_of_spain(catalogue: Catalogue) -> None:
    [at_home], [abroad] = catalogue.texts_for("crisis.es", "es-ES"), catalogue.texts_for("crisis.us", "es-ES")
    assert "024" in at_home.body
    assert "pulsa 2" in abroad.body
    assert "988" in abroad.body
    assert "024" not in abroad.body


def test_its_own_texts_have_two_segments_save_the_two_welcomes(catalogue: Catalogue) -> None:
    longer = {text.id for text in catalogue.all_texts() if text.language == "es-ES" and count(filled(text)).parts > 2}
    assert longer == {"welcome.1", "welcome_joined.1"}


def test_days_and_titles_are_in_spanish_too(catalogue: Catalogue) -> None:
    [paused], [out] = catalogue.texts_for("paused", "es-ES"), catalogue.texts_for("left_out", "es-ES")
    assert "domingo 29 nov" in fill(catalogue, paused, {"day": "2026-11-29"})
    assert "Dormitorio tranquilo" in fill(catalogue, out, {"step": "restful-room"})


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('same = ["4"]\n1', 'same = ["4", "1"]\n1', 'stretching.1: must either be written or be in "same"'),
        ('same = ["4"]\n1', "1", 'stretching.4: must either be written or be in "same"'),
        ('"ask-a-pharmacist", "check_in', '"check_in', 'ask-a-pharmacist.1: must either be written or be in "same"'),
        ('"ask-a-pharmacist", "check_in', '"nobody", "ask-a-pharmacist", "check_in', '"nobody" is no text of "es"'),
    ],
)
def test_a_text_that_nobody_decided_about_is_refused(
    copy_of_library: Path, before: str, after: str, problem: str
) -> None:
    file = copy_of_library / SPAIN
    words = file.read_text()
    assert before in words
    file.write_text(words.replace(before, after, 1))
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(copy_of_library)
    assert problem in str(refused.value)


def test_a_word_of_america_in_a_shared_text_is_refused(copy_of_library: Path) -> None:
    file = copy_of_library / "messages" / "es.toml"
    words = file.read_text()
    assert "Que te vaya muy bien" in words
    file.write_text(words.replace("Que te vaya muy bien", "Deja el celular y que te vaya bien"))
    with pytest.raises(CatalogueError, match=r'es stopped\.1: "celular" is not said so in Spain: write this one'):
        load_checked(copy_of_library)


def test_asking_for_spanish_keeps_the_spanish_they_have() -> None:
    assert as_theirs("es", "es-ES") == "es-ES"
    assert (as_theirs("en", "es-ES"), as_theirs("es", "en")) == ("en", "es")

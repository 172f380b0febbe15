"""Filling a text with values."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.catalogue import Catalogue, RenderError, load_catalogue, render, render_with

RECORDED = load_catalogue().texts_for("help", "en")[0]


def test_fills_the_placeholders(catalogue: Catalogue) -> None:
    assert render(catalogue.text("en", "week_so_far.1"), done="5", asked="7") == "5 of 7 steps this week."


def test_a_missing_value_is_an_error_that_names_the_text(catalogue: Catalogue) -> None:
    with pytest.raises(RenderError, match=r"en week_so_far.1 needs a value for \{asked\}"):
        render(catalogue.text("en", "week_so_far.1"), done="5")


def test_an_extra_value_is_an_error_that_names_the_text(catalogue: Catalogue) -> None:
    with pytest.raises(RenderError, match=r"es recorded_done.1 has no placeholder \{score\}"):
        render(catalogue.text("es", "recorded_done.1"), score="5")


def test_a_step_takes_what_it_asks_for_and_has_words_for_an_unknown_bedtime(catalogue: Catalogue) -> None:
    text = catalogue.text("en", "consistent-bedtime.1")
    assert "tonight: 10:30 PM." in render_with(text, {"bedtime": "10:30 PM", "name": "Ann"})
    assert "tonight: your usual." in render(text)


def test_a_value_is_shortened_to_its_limit(catalogue: Catalogue) -> None:
    assert "Hi from " + "x" * 30 + "!" in render(catalogue.text("en", "welcome.1"), clinic="x" * 99)


def test_an_address_is_never_cut(catalogue: Catalogue) -> None:
    with pytest.raises(RenderError, match="longer than"):
        render(catalogue.text("en", "coach_page_crisis.1"), participant="P1", url="x" * 999)


def test_signs_become_plain_and_lines_one(catalogue: Catalogue) -> None:
    assert "O'Neill - Sleep" in render(catalogue.text("en", "welcome.1"), clinic="O’Neill\n —\u00a0Sleep")


def test_a_text_made_by_hand_has_no_limits(catalogue: Catalogue) -> None:
    text = replace(catalogue.text("en", "recorded_score.1"), body="{score}!", placeholders=())
    assert render(text, score="a" * 500) == "a" * 500 + "!"


@given(st.text("{}\\x01 $%gclinic", max_size=30))
@settings(derandomize=True)
def test_braces_in_a_value_mean_nothing(value: str) -> None:
    assert " ".join(value.split()) in render(RECORDED, clinic=value)

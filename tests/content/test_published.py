"""Versions: what was sent can always be read again."""

from dataclasses import replace
from pathlib import Path

import pytest

from content.catalogue import Catalogue, CatalogueError, load_catalogue, load_published, publish, words_sent
from content.published import as_toml, unpublished
from tests.content.conftest import Broken


def edited(catalogue: Catalogue, body: str, version: int) -> Catalogue:
    (text,) = catalogue.messages["en", "stopped"]
    changed = {**catalogue.messages, ("en", "stopped"): (replace(text, body=body, version=version),)}
    return replace(catalogue, messages=changed)


def test_an_edit_with_a_new_version_keeps_the_old_words(catalogue: Catalogue) -> None:
    before = load_published()
    after = publish(edited(catalogue, "Gone. START to come back.", 2), before)
    assert words_sent(after, "en", "stopped.1", 2) == "Gone. START to come back."
    assert words_sent(after, "en", "stopped.1", 1) == words_sent(before, "en", "stopped.1", 1)
    assert ("en", "stopped.1") in before
    assert 2 not in before["en", "stopped.1"]


@pytest.mark.parametrize(
    ("version", "reason"),
    [(1, "give it version 2"), (3, "version 3 skips version 2"), (2, "version 2 is not published yet")],
)
def test_lists_what_is_not_as_published(catalogue: Catalogue, version: int, reason: str) -> None:
    (problem,) = unpublished(edited(catalogue, "Gone. START.", version), load_published())
    assert problem.key == "en stopped.1"
    assert reason in problem.reason


def test_an_older_version_than_the_published_one_is_refused(catalogue: Catalogue) -> None:
    newer = publish(edited(catalogue, "Gone. START.", 2), load_published())
    assert "older than the published version 2" in unpublished(catalogue, newer)[0].reason


def test_never_rewrites_a_published_version(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="give it version 2"):
        publish(edited(catalogue, "Gone. START.", 1), load_published())


def test_a_text_taken_out_stays_in_the_record(catalogue: Catalogue) -> None:
    messages = {place: texts for place, texts in catalogue.messages.items() if place != ("en", "stopped")}
    assert publish(replace(catalogue, messages=messages), load_published()) == load_published()


def test_the_record_is_written_as_it_is_read(catalogue: Catalogue, tmp_path: Path) -> None:
    odd = publish(edited(catalogue, 'Say "a\\b" ñ 👍 START.', 2), load_published())
    (tmp_path / "published.toml").write_text(as_toml(odd), encoding="utf-8")
    assert load_published(tmp_path) == odd


def test_the_packaged_record_is_in_its_own_form() -> None:
    packaged = load_published()
    assert as_toml(publish(load_catalogue(), packaged)) == as_toml(packaged)


@pytest.mark.parametrize(
    "instead", ["[en]\nodd = 7\n", "[en]\nodd = { one = 'x' }\n", "odd = 7\n[en]\n", "[en]\nodd = {1 = 2}\n"]
)
def test_a_malformed_record_is_a_problem(broken: Broken, instead: str) -> None:
    with pytest.raises(CatalogueError, match=r"published.toml: .*must map versions to words"):
        load_published(broken("published.toml", "[en]\n", instead))


def test_an_edited_text_carries_its_own_review(broken: Broken) -> None:
    place = broken(
        "messages/en.toml",
        "[stopped]\n1 = ",
        '[stopped]\n1 = { body = "Gone. START.", version = 2, reviewer = "nurse", reviewed_on = 2027-01-02 }\n2 = ',
    )
    first, second = load_catalogue(place).texts_for("stopped", "en")
    assert (first.version, first.reviewer, first.reviewed_on.year) == (2, "nurse", 2027)
    assert (second.version, second.reviewer, second.reviewed_on.year) == (1, "Not reviewed by a clinician", 2026)

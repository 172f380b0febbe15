"""A clinic's own library."""

from typing import Any

import pytest

from content.catalogue import Catalogue, CatalogueError, with_clinic
from content.lint import problems
from tests.content.conftest import as_published

OWN: dict[str, Any] = {
    "strategy": "stretching",
    "language": "en",
    "name": "pool-1",
    "body": "Our pool has a stretch hour tonight at six. Some sleep easier after. Coming?",
    "reviewer": "Nurse Ana",
    "reviewed_on": "2026-11-20",
}


def test_leaves_out_what_is_switched_off(catalogue: Catalogue) -> None:
    changed = with_clinic(catalogue, switched_off=["alcohol", "compression"])
    assert set(catalogue.strategies) - set(changed.strategies) == {"alcohol", "compression"}
    assert changed.messages == catalogue.messages


def test_adds_a_text_of_the_clinics_own(catalogue: Catalogue) -> None:
    changed = with_clinic(catalogue, added=[OWN])
    text = changed.text("en", "stretching.clinic-pool-1")
    assert (text.body, text.version, text.strategy) == (OWN["body"], 1, "stretching")
    assert text in changed.texts_for("stretching", "en")
    assert len(changed.texts_for("stretching", "es")) == len(catalogue.texts_for("stretching", "es"))
    assert problems(changed, as_published(changed)) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"body": "This stretch will cure you. Try?"}, "claims a cure"),
        ({"body": "Stretch for {minutes}. Try?"}, "unknown placeholder"),
        ({"body": "a" * 150 + "?"}, "2 segments with the check-in question"),
        (
            {"body": "Stretch your calves for 9 minutes before bed. It may help your legs settle. Up to you."},
            "nearly the same",
        ),
        ({"strategy": "ice-bath"}, "must be one of stretching"),
        ({"language": "fr"}, "must be one of en, es"),
        ({"name": "No Spaces"}, "small letters, digits and hyphens"),
        ({"version": 0}, "at least 1"),
        ({"reviewed_on": "soon"}, "must be a date"),
        ({"reviewed_on": None}, "must be a date"),
        ({"colour": "red"}, "is not a known field"),
        ({"body": ""}, "is empty"),
    ],
)
def test_refuses_a_text_that_our_own_reviewer_would(catalogue: Catalogue, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CatalogueError, match=reason) as refused:
        with_clinic(catalogue, added=[{**OWN, **change}])
    assert {problem.file for problem in refused.value.problems} == {"clinic"}


def test_refuses_the_same_text_twice(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="is added twice"):
        with_clinic(catalogue, added=[OWN, OWN])


def test_refuses_an_unknown_strategy_and_switching_off_everything(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match='"ice-bath" is no strategy'):
        with_clinic(catalogue, switched_off=["ice-bath"])
    with pytest.raises(CatalogueError, match="leaves no strategy to send"):
        with_clinic(catalogue, switched_off=list(catalogue.strategies))
    with pytest.raises(CatalogueError, match="leaves no strategy to send"):
        with_clinic(catalogue, switched_off=catalogue.strategies.keys() - {"iron-rich-food"})

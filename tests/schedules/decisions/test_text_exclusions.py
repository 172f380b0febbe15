"""Who must not get a text still gets the safe texts of its step; a step with no safe text is barred."""

import pytest

from content.catalogue import Catalogue
from schedules.decisions.eligibility import Recipient, eligibility, fresh_texts
from tests.schedules.decisions.deciding import STARTS_ON

SAFE: dict[tuple[str, str], set[int]] = {
    ("fall_risk", "warm-bath"): {2},
    ("fall_risk", "gentle-yoga"): {3, 5},
    ("fall_risk", "move-when-it-starts"): {3},
    ("fall_risk", "stretching"): {1, 2, 3, 4, 5},
    ("fall_risk", "daytime-activity"): {1, 3, 5, 6},
    ("fall_risk", "screens-off"): {1, 3, 4, 5},
    ("glaucoma", "gentle-yoga"): {3, 4, 5},
    ("glaucoma", "stretching"): {1, 2, 3, 4, 6},
    ("anticoagulant", "b12-and-folate-food"): {1, 2, 4, 5},
}


def person(tag: str, language: str) -> Recipient:
    return Recipient(language, frozenset({tag}), frozenset(), ())


@pytest.mark.parametrize("language", ["en", "es", "es-ES"])
@pytest.mark.parametrize(("tag", "strategy"), SAFE)
def test_the_safe_texts_of_a_step_are_left(catalogue: Catalogue, tag: str, strategy: str, language: str) -> None:
    who = person(tag, language)
    assert strategy in eligibility(catalogue, who, STARTS_ON).eligible
    texts = fresh_texts(catalogue, strategy, who, STARTS_ON)
    assert {text.id for text in texts} == {f"{strategy}.{number}" for number in SAFE[tag, strategy]}


@pytest.mark.parametrize(
    ("tag", "strategy"),
    [
        ("fall_risk", "evening-walk"),
        ("neuropathy", "massage"),
        ("recent_clot", "warm-or-cold-pack"),
        ("non_drinker", "alcohol"),
    ],
)
def test_a_step_without_a_safe_text_is_barred_and_the_row_says_why(
    catalogue: Catalogue, tag: str, strategy: str
) -> None:
    assert eligibility(catalogue, person(tag, "en"), STARTS_ON).refused[strategy] == f"excluded {tag}"

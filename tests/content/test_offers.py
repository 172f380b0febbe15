"""How steps offer: as statements, in varied words, and never to people for whom they are unsafe."""

from dataclasses import replace

import pytest

from content.catalogue import Catalogue, with_clinic
from content.offers import caution_problems, hazard_problems, offer_problems
from content.rules import LintRules, hazards_in
from tests.content.test_clinic import OWN
from tests.content.test_lint import with_texts


def with_body(catalogue: Catalogue, strategy: str, language: str, body: str) -> Catalogue:
    first, *others = catalogue.texts_for(strategy, language)
    return with_texts(catalogue, strategy, language, (replace(first, body=body, exclude=()), *others))


@pytest.mark.parametrize(("language", "body"), [("en", "Up to you. Want to try?"), ("es", "Si quieres. ¿Lo pruebas?")])
def test_refuses_a_step_that_ends_in_a_question(
    catalogue: Catalogue, rules: LintRules, language: str, body: str
) -> None:
    [problem] = offer_problems(with_body(catalogue, "mindfulness", language, body), rules)
    assert (problem.key, problem.reason) == (
        f"{language} mindfulness.1",
        "ends in a question; an offer is a statement",
    )


def test_no_step_asks_anything_at_all(catalogue: Catalogue) -> None:
    """So that "yes" beside a step can only answer the check-in."""
    texts = [text for one in catalogue.strategies.values() for texts in one.texts.values() for text in texts]
    assert [text.id for text in texts if "?" in text.body or "OK" in text.body] == []


def test_refuses_one_ending_for_everything(catalogue: Catalogue, rules: LintRules) -> None:
    changed = catalogue
    for name in ("stretching", "massage", "warm-bath", "caffeine"):
        texts = [replace(text, body=f"{text.id}: try it. It's up to you.") for text in catalogue.texts_for(name, "en")]
        changed = with_texts(changed, name, "en", texts)
    found = [problem.reason for problem in offer_problems(changed, rules) if problem.key == "en"]
    assert len(found) == 1
    assert found[0].startswith('"up to you" ends ')
    assert found[0].endswith("at most 1 in 6")


@pytest.mark.parametrize(
    ("language", "body", "tags"),
    [
        ("en", "Let your heels hang off a low step.", {"fall_risk"}),
        ("en", "Dance while you cook.", {"fall_risk"}),
        ("en", "Leave your phone in another room.", {"fall_risk"}),
        ("en", "Rest your legs up a wall.", {"glaucoma", "pregnancy"}),
        ("en", "Greens with dinner, a few steps after.", {"anticoagulant"}),
        ("en", "Ask for a massage, and a glass of wine.", {"neuropathy", "recent_clot", "non_drinker"}),
        ("en", "Take the steps of an easy plan.", set()),
        ("es", "Ponte de puntitas en el escalón.", {"fall_risk"}),
        ("es", "Sube las piernas a la pared.", {"glaucoma", "pregnancy"}),
        ("es", "Espinacas con la comida.", {"anticoagulant"}),
        ("es", "Apoya las manos en la pared.", set()),
    ],
)
def test_knows_whom_a_text_would_endanger(rules: LintRules, language: str, body: str, tags: set[str]) -> None:
    assert set(hazards_in(body, language, rules)) == tags


def test_refuses_a_text_that_does_not_exclude_whom_it_endangers(catalogue: Catalogue, rules: LintRules) -> None:
    assert list(hazard_problems(catalogue, rules)) == []
    changed = with_body(catalogue, "stretching", "en", "Stretch on the stairs. Up to you.")
    [problem] = hazard_problems(changed, rules)
    assert (problem.key, problem.reason) == ("en stretching.1", "must exclude people with fall_risk")
    walk = with_body(catalogue, "evening-walk", "en", "Walk up the stairs. Up to you.")
    assert list(hazard_problems(walk, rules)) == [], "its strategy excludes them already"


@pytest.mark.parametrize("language", ["es", "es-ES", "en"])
def test_refuses_a_text_without_the_caution_of_its_other_languages(
    catalogue: Catalogue, rules: LintRules, language: str
) -> None:
    assert list(caution_problems(catalogue, rules)) == []
    [problem] = caution_problems(with_body(catalogue, "iron-rich-food", language, "Lentejas. Si quieres."), rules)
    assert (problem.key, problem.reason) == (
        f"{language} iron-rich-food.1",
        "must warn of kidneys, as it does in another language",
    )


def test_a_clinics_own_text_excludes_whom_its_words_endanger(catalogue: Catalogue) -> None:
    changed = with_clinic(catalogue, added=[OWN | {"body": "On the stairs, let one heel hang. Up to you."}])
    assert changed.text("en", "stretching.clinic-pool-1").exclude == ("fall_risk",)


def test_offers_only_the_texts_that_are_safe_for_a_person(catalogue: Catalogue) -> None:
    yoga = catalogue.strategies["gentle-yoga"]
    for language in catalogue.languages:
        everybody = yoga.texts_open_to(language, frozenset())
        safe = yoga.texts_open_to(language, frozenset({"glaucoma", "caffeine"}))
        assert everybody == yoga.texts[language]
        assert [text.id for text in safe] == ["gentle-yoga.3", "gentle-yoga.4", "gentle-yoga.5"]
    assert yoga.exclusion_tags() == {"fall_risk", "glaucoma", "pregnancy", "unstable_bp"}
    assert catalogue.exclusion_tags() > {"anticoagulant", "glaucoma", "neuropathy", "recent_clot", "non_drinker"}

"""Each rule of the linter, with a sample it must refuse. The sample replaces a text of the packaged library."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from content.catalogue import Catalogue, Problem, Strategy, Text, load_published
from content.lint import problems, reading_grade, text_problems
from content.questions import longest_question
from content.rules import LintRules
from tests.content.conftest import as_published


def step(catalogue: Catalogue, body: str, language: str = "en", strategy: str = "stretching") -> Text:
    return replace(catalogue.texts_for(strategy, language)[0], body=body)


def message(catalogue: Catalogue, key: str, body: str, language: str = "en") -> Text:
    text = catalogue.texts_for(key, language)[0]
    known = catalogue.placeholders[language].values()
    return replace(text, body=body, placeholders=tuple(p for p in known if f"{{{p.name}}}" in body))


def reasons(text: Text, catalogue: Catalogue, rules: LintRules) -> str:
    return "; ".join(problem.reason for problem in text_problems(text, catalogue, rules))


def with_strategy(catalogue: Catalogue, strategy: Strategy) -> Catalogue:
    return replace(catalogue, strategies={**catalogue.strategies, strategy.id: strategy})


def with_texts(catalogue: Catalogue, name: str, language: str, texts: Sequence[Text]) -> Catalogue:
    strategy = catalogue.strategies[name]
    return with_strategy(catalogue, replace(strategy, texts={**strategy.texts, language: tuple(texts)}))


def about(catalogue: Catalogue, rules: LintRules) -> set[tuple[str, str, str]]:
    """Lint as if everything had just been published."""
    found = problems(catalogue, as_published(catalogue), rules)
    return {(problem.file, problem.key, problem.reason) for problem in found}


@pytest.mark.parametrize(
    ("language", "claim"),
    [
        ("en", "This stretch can cure your legs. Want to try?"),
        ("en", "Guaranteed rest: stretch now? Up to you."),
        ("en", "A PROVEN stretch for calm legs. OK?"),
        ("es", "¿Estiras? Este paso cura las piernas."),
        ("es", "¿Estiras? Resultados garantizados."),
        ("es", "¿Estiras? Está comprobado."),
    ],
)
def test_refuses_a_text_that_claims_a_cure(catalogue: Catalogue, rules: LintRules, language: str, claim: str) -> None:
    assert "claims a cure" in reasons(step(catalogue, claim, language), catalogue, rules)


@pytest.mark.parametrize(
    ("language", "body", "why"),
    [
        ("en", "Take your gabapentin early tonight?", "names a medicine"),
        ("en", "Would 5 mg do? Up to you.", "names a medicine"),
        ("es", "¿Tomas melatonina esta noche?", "names a medicine"),
        ("es", "¿Una cápsula antes de dormir?", "names a medicine"),
        ("en", "An iron supplement with lunch tomorrow?", "recommends a supplement"),
        ("es", "¿Un suplemento de hierro mañana?", "recommends a supplement"),
        ("en", "Ask about laser care tomorrow?", "not a habit"),
        ("es", "¿Preguntas mañana por el láser?", "not a habit"),
        ("en", "Visit Truffles tomorrow?", "advertises a clinic"),
        ("es", "¿Visitas mañana un centro vascular?", "advertises a clinic"),
        ("en", "You should have stretched. Try now?", "blames"),
        ("en", "You must stretch tonight. OK?", "blames"),
        ("es", "Tienes que estirar hoy. ¿Vale?", "blames"),
        ("es", "Deberías estirar hoy. ¿Vale?", "blames"),
        ("en", "A stretch for restless legs?", "names the illness"),
        ("en", "Stretch away your RLS?", "names the illness"),
        ("es", "¿Estiras para tu síndrome?", "names the illness"),
    ],
)
def test_refuses_forbidden_words(catalogue: Catalogue, rules: LintRules, language: str, body: str, why: str) -> None:
    assert why in reasons(step(catalogue, body, language), catalogue, rules)


@pytest.mark.parametrize(
    "body", ["A secure chair helps. Try?", "Sit on a pillow. Try?", "Mustard on rice? OK?", "Healthy greens? OK?"]
)
def test_a_harmless_word_that_looks_like_a_forbidden_one_passes(
    catalogue: Catalogue, rules: LintRules, body: str
) -> None:
    assert reasons(step(catalogue, body), catalogue, rules) == ""


def test_refuses_an_english_step_that_leaves_no_room_for_the_question(catalogue: Catalogue, rules: LintRules) -> None:
    assert reasons(step(catalogue, "a" * 97 + "?"), catalogue, rules) == ""
    assert "2 segments with the check-in question" in reasons(step(catalogue, "a" * 98 + "?"), catalogue, rules)
    assert "2 segments, with the longest values" in reasons(step(catalogue, "a" * 160 + "?"), catalogue, rules)


def test_refuses_a_spanish_step_over_two_segments_with_the_question(catalogue: Catalogue, rules: LintRules) -> None:
    room = 306 - 1 - len(longest_question(catalogue, step(catalogue, "", "es"))) - 1
    assert reasons(step(catalogue, "a" * room + "?", "es"), catalogue, rules) == ""
    assert "3 segments" in reasons(step(catalogue, "a" * (room + 1) + "?", "es"), catalogue, rules)


def test_lets_a_spanish_step_have_its_accents_within_two_segments(catalogue: Catalogue, rules: LintRules) -> None:
    assert reasons(step(catalogue, "á" * 133 + "?", "es"), catalogue, rules) == ""
    assert "3 segments, with the longest" in reasons(step(catalogue, "á" * 134 + "?", "es"), catalogue, rules)


def test_counts_the_longest_values_a_placeholder_allows(catalogue: Catalogue, rules: LintRules) -> None:
    body = "a" * 155 + " {time}"
    assert "2 segments" in reasons(message(catalogue, "resumed", body), catalogue, rules)


@pytest.mark.parametrize("body", ["Sueño — calm?", "Más calm?", "Calm… OK?", "Don’t rush. OK?", "Calm 👍?"])
def test_refuses_costly_characters_in_english(catalogue: Catalogue, rules: LintRules, body: str) -> None:
    assert "UCS-2" in reasons(step(catalogue, body), catalogue, rules) or "typographic" in reasons(
        step(catalogue, body), catalogue, rules
    )


@pytest.mark.parametrize("body", ["Stretch?  OK?", " Stretch?", "Stretch?\nOK?"])
def test_refuses_untidy_spaces(catalogue: Catalogue, rules: LintRules, body: str) -> None:
    assert "line breaks, double spaces" in reasons(step(catalogue, body), catalogue, rules)


def test_refuses_a_step_without_a_choice(catalogue: Catalogue, rules: LintRules) -> None:
    assert "offers no choice" in reasons(step(catalogue, "Stretch your calves now."), catalogue, rules)
    assert "offers no choice" in reasons(step(catalogue, "Estira ahora.", "es"), catalogue, rules)


def test_refuses_massage_that_forgets_the_swollen_leg(catalogue: Catalogue, rules: LintRules) -> None:
    text = step(catalogue, "Rub your legs tonight?", strategy="massage")
    assert "must mention: sore or swollen" in reasons(text, catalogue, rules)


def test_refuses_stockings_without_the_clinicians_advice(catalogue: Catalogue, rules: LintRules) -> None:
    text = step(catalogue, "Stockings on tomorrow?", strategy="compression")
    assert "must mention: clinician advised" in reasons(text, catalogue, rules)


@pytest.mark.parametrize(
    ("key", "body", "word"),
    [
        ("welcome", "Hi from {clinic}! Reply YES or HELP.", "STOP"),
        ("welcome", "Hi from {clinic}! Reply YES or STOP.", "HELP"),
        ("welcome", "Hi from {clinic}! Reply YES, HELPING, STOPPING.", "STOP"),
        ("help", "{clinic} texts.", "STOP"),
        ("stop_help_footer", "HELP for help.", "STOP"),
        ("stopped", "OK, no more texts.", "START"),
    ],
)
def test_refuses_a_message_without_the_required_words(
    catalogue: Catalogue, rules: LintRules, key: str, body: str, word: str
) -> None:
    assert f"must contain {word}" in reasons(message(catalogue, key, body), catalogue, rules)


def test_refuses_other_placeholders_than_the_keys(catalogue: Catalogue, rules: LintRules) -> None:
    wrong = message(catalogue, "recorded_score", "Got it: legs {mean}.")
    assert "exactly these placeholders: {score}" in reasons(wrong, catalogue, rules)


def test_refuses_a_safety_line_that_hides_that_nobody_watches(catalogue: Catalogue, rules: LintRules) -> None:
    text = replace(catalogue.texts_for("crisis.us", "en")[0], body="Call 988.")
    assert "nobody watches" in reasons(text, catalogue, rules)


def test_refuses_hard_english_when_the_grade_can_be_read(catalogue: Catalogue, rules: LintRules) -> None:
    hard = step(catalogue, "Physiological relaxation necessitates considerable muscular elongation?")
    assert [p.reason[:21] for p in text_problems(hard, catalogue, rules, reading_grade())] == ["reads at school grade"]
    assert text_problems(hard, catalogue, rules, None) == ()


def test_a_problem_names_file_and_text(catalogue: Catalogue, rules: LintRules) -> None:
    (problem,) = text_problems(step(catalogue, "Stretch now.", "es"), catalogue, rules)
    assert (problem.file, problem.key) == ("strategies.toml", "es stretching.1")
    (problem,) = text_problems(message(catalogue, "stopped", "Bye."), catalogue, rules)
    assert (problem.file, problem.key) == ("messages/en.toml", "en stopped.1")
    (problem,) = text_problems(replace(catalogue.texts_for("crisis.gb", "es")[0], body="999."), catalogue, rules)
    assert (problem.file, problem.key) == ("safety/gb.toml", "es crisis.gb.1")


def test_refuses_two_texts_that_are_nearly_the_same(catalogue: Catalogue, rules: LintRules) -> None:
    texts = catalogue.texts_for("stretching", "en")
    copy = replace(texts[1], body=texts[0].body.replace("5 minutes", "6 minutes"))
    changed = with_texts(catalogue, "stretching", "en", (texts[0], copy, *texts[2:]))
    assert ("strategies.toml", "en stretching.2", "is nearly the same as stretching.1") in about(changed, rules)


def test_refuses_fewer_than_five_texts_and_a_language_that_lacks_one(catalogue: Catalogue, rules: LintRules) -> None:
    found = about(with_texts(catalogue, "alcohol", "es", catalogue.texts_for("alcohol", "es")[:4]), rules)
    assert ("strategies.toml", "alcohol.es", "has 4 texts; at least 5") in found
    assert ("strategies.toml", "alcohol.es", "the text alcohol.5 is missing in this language") in found


def test_refuses_placeholders_that_differ_between_languages(catalogue: Catalogue, rules: LintRules) -> None:
    first, *others = catalogue.texts_for("consistent-bedtime", "es")
    plain = replace(first, body="¿Te acuestas a tu hora de siempre?")
    found = about(with_texts(catalogue, "consistent-bedtime", "es", (plain, *others)), rules)
    reason = "consistent-bedtime.1 has different placeholders in its languages"
    assert ("strategies.toml", "consistent-bedtime", reason) in found


def test_refuses_too_few_variants_of_a_message(catalogue: Catalogue, rules: LintRules) -> None:
    texts = catalogue.messages["es", "recorded_score"][:2]
    changed = replace(catalogue, messages={**catalogue.messages, ("es", "recorded_score"): texts})
    assert ("messages/es.toml", "recorded_score", "has 2 texts; at least 8") in about(changed, rules)


@pytest.mark.parametrize(
    ("name", "change", "key", "reason"),
    [
        ("warm-bath", {"exclude": ("pregnancy", "fall_risk")}, "exclude", "people with neuropathy, unstable_bp"),
        ("compression", {"needs": ()}, "needs", "must need stockings_advised"),
        ("check-up", {"min_days_between": 7}, "min_days_between", "must be at least 28"),
        ("alcohol", {"acts_on": "tomorrow"}, "acts_on", 'must be "tonight"'),
        ("alcohol", {"guide_heading": "Other"}, "guide_heading", 'no heading "Other" texted by alcohol'),
    ],
)
def test_refuses_a_strategy_looser_than_its_review(
    catalogue: Catalogue, rules: LintRules, name: str, change: dict[str, object], key: str, reason: str
) -> None:
    strategy = replace(catalogue.strategies[name], **change)  # type: ignore[arg-type]
    found = about(with_strategy(catalogue, strategy), rules)
    assert any(place == f"{name}.{key}" and reason in why for _, place, why in found)


def test_a_strategy_may_exclude_more_people_than_its_review(catalogue: Catalogue, rules: LintRules) -> None:
    stricter = replace(catalogue.strategies["stretching"], exclude=("hip_surgery",))
    assert about(with_strategy(catalogue, stricter), rules) == set()


def test_refuses_a_missing_and_an_unreviewed_strategy(catalogue: Catalogue, rules: LintRules) -> None:
    strategies = dict(catalogue.strategies)
    strategies["ice-bath"] = replace(strategies.pop("alcohol"), id="ice-bath")
    keys = {
        (place, why.split(",")[0].split(":")[0])
        for _, place, why in about(replace(catalogue, strategies=strategies), rules)
    }
    assert ("alcohol", "the strategy is missing") in keys
    assert ("ice-bath", "is not in inventory.toml") in keys


def test_refuses_words_changed_under_the_same_version(catalogue: Catalogue, rules: LintRules) -> None:
    first, *others = catalogue.texts_for("stretching", "en")
    edited = with_texts(
        catalogue, "stretching", "en", (replace(first, body="A new stretch tonight. Up to you."), *others)
    )
    assert problems(edited, load_published(), rules) == (
        Problem(
            "strategies.toml", "en stretching.1", "its words changed since version 2 was published: give it version 3"
        ),
    )

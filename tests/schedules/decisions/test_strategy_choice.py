"""Which step could be offered, which one is, and that the row alone gives it again: over random people and 60 days."""

import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.catalogue import Catalogue
from content.lint import load_checked
from schedules.decisions.eligibility import NONE, PastStep, Recipient, draw_arm, eligibility
from schedules.decisions.explain import why_not, why_now, why_this
from schedules.decisions.policies import CURRENT_VERSION, FLOOR
from schedules.decisions.replay import replay
from tests.schedules.decisions.deciding import STARTS_ON
from tests.schedules.evenings import KEYS, evenings, logged

LIBRARY = load_checked()
TAGS = sorted(LIBRARY.exclusion_tags() | set(LIBRARY.strategies))
PEOPLE = st.builds(
    Recipient,
    language=st.sampled_from(LIBRARY.languages),
    exclude=st.frozensets(st.sampled_from(TAGS), max_size=14),
    tags=st.frozensets(st.sampled_from(["stockings_advised"])),
    past=st.just(()),
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(person=PEOPLE, number=st.integers(1, 10**6), policy=st.sampled_from(sorted(CURRENT_VERSION)))
def test_sixty_evenings_of_anyone_keep_every_promise(person: Recipient, number: int, policy: str) -> None:
    texts: dict[str, int] = {}
    check_ups, before = [-99], ""
    for night, evening in enumerate(evenings(LIBRARY, policy, number, person=person)):
        choice = evening.choice
        vector, action = choice.probabilities or {}, choice.action or ""
        assert sum(vector.values()) == pytest.approx(1, abs=1e-9)
        assert set(vector) <= {*choice.eligible, NONE}
        assert set(choice.eligible).isdisjoint(choice.facts["refused"])
        assert len(choice.eligible) + len(choice.facts["refused"]) == len(LIBRARY.strategies)
        assert vector[action] > 0
        if policy == "adaptive" and choice.eligible:
            assert min(vector.values()) >= FLOOR - 1e-12
        again = replay(logged(evening, policy))
        assert again.agrees, again.differences
        if action != NONE:
            strategy = LIBRARY.strategies[action]
            assert not {action, *strategy.exclude} & person.exclude
            text = LIBRARY.text(person.language, choice.text_id or "")
            assert not person.exclude.intersection(text.exclude)
            assert set(strategy.needs) <= person.tags
            assert action != before, "no strategy two evenings running"
            assert choice.text_id
            assert night - texts.get(choice.text_id, -99) > 30, "no text within 30 days"
            texts[choice.text_id] = night
            if action == "check-up":
                assert night - check_ups[-1] >= 30, "a check-up at most monthly"
                check_ups.append(night)
        before = action


@pytest.mark.parametrize("policy", sorted(CURRENT_VERSION))
def test_what_is_drawn_is_as_frequent_as_its_logged_probability(catalogue: Catalogue, policy: str) -> None:
    """Chi-square over all arms with their logged expectations: 17 or fewer degrees of freedom, 0.999 point 40.8."""
    seen: Counter[str] = Counter()
    expected, spread = defaultdict[str, float](float), defaultdict[str, float](float)
    for number in range(60):
        for evening in evenings(catalogue, policy, number, days=30):
            seen[evening.choice.action or ""] += 1
            for arm, chance in (evening.choice.probabilities or {}).items():
                expected[arm] += chance
                spread[arm] += chance * (1 - chance)
    assert sum(seen.values()) == pytest.approx(sum(expected.values()))
    assert sum((seen[arm] - expected[arm]) ** 2 / spread[arm] for arm in expected) < 40.8


def test_a_fixed_vector_is_drawn_as_it_says() -> None:
    vector, draws = {"a": 0.1, "b": 0.25, "c": 0.65, "d": 0.0}, 20_000
    seen = Counter(draw_arm(vector, KEYS.draw("chi-square", number)) for number in range(draws))
    assert seen["d"] == 0
    assert sum((seen[arm] - draws * p) ** 2 / (draws * p) for arm, p in vector.items() if p) < 13.8  # 0.999, 2 df


def test_the_ends_of_the_unit_interval_fall_on_arms_that_have_a_chance() -> None:
    vector = {"a": 0.0, "b": 1 / 3, "c": 1 / 3, "d": 1 / 3, "none": 0.0}
    assert draw_arm(vector, 0.0) == "b"
    assert draw_arm(vector, 1 - 2**-53) == "d"


def test_the_row_survives_json_and_still_replays(catalogue: Catalogue) -> None:
    for evening in evenings(catalogue, "adaptive", 7, days=20):
        row = logged(evening, "adaptive")
        stored = replace(
            row, facts=json.loads(json.dumps(row.facts)), probabilities=json.loads(json.dumps(row.probabilities))
        )
        assert replay(stored).agrees


def test_a_row_that_was_tampered_with_is_found_out(catalogue: Catalogue) -> None:
    row = logged(evenings(catalogue, "rotation", days=5)[-1], "rotation")
    other = next(id for id in row.probabilities if id != row.action)
    assert "the action is" in replay(replace(row, action=other)).differences[0]
    vector = {**row.probabilities, row.action or "": 0.5}
    assert "probabilities" in replay(replace(row, probabilities=vector)).differences[0]
    assert "the text is" in replay(replace(row, text_id="stretching.99")).differences[0]
    with pytest.raises(ValueError, match="rotation/99"):
        replay(replace(row, policy_version=99))


def test_every_reason_is_told(catalogue: Catalogue) -> None:
    texts = [text.id for text in catalogue.strategies["mindfulness"].texts["en"]]
    past = (
        PastStep(STARTS_ON - timedelta(days=1), "stretching", "stretching.1"),
        *(PastStep(STARTS_ON - timedelta(days=2 + n), "mindfulness", id) for n, id in enumerate(texts)),
        PastStep(STARTS_ON - timedelta(days=20), "check-up", "check-up.1"),
    )
    person = Recipient("en", frozenset({"fall_risk"}), frozenset(), past)
    refused = eligibility(catalogue, person, STARTS_ON, {"alcohol"}).refused
    rest = catalogue.strategies["check-up"].min_days_between - 20
    assert refused == {
        "alcohol": "switched_off",
        "check-up": f"rests {rest}",
        "compression": "needs stockings_advised",
        "evening-walk": "excluded fall_risk",
        "iron-rich-food": "retired",
        "mindfulness": "texts_used",
        "nicotine": "needs uses_nicotine",
        "stretching": "last_evening",
    }


def test_a_strategy_without_a_text_left_for_a_person_is_excluded(catalogue: Catalogue) -> None:
    yoga = catalogue.strategies["gentle-yoga"]
    texts = {
        language: tuple(replace(text, exclude=("glaucoma",)) for text in every)
        for language, every in yoga.texts.items()
    }
    changed = replace(catalogue, strategies={**catalogue.strategies, "gentle-yoga": replace(yoga, texts=texts)})
    person = Recipient("en", frozenset({"glaucoma"}), frozenset(), ())
    assert eligibility(changed, person, STARTS_ON).refused["gentle-yoga"] == "excluded glaucoma"
    assert "gentle-yoga" in eligibility(catalogue, person, STARTS_ON).eligible


def test_an_evening_without_a_step_frees_the_strategy_before_it(catalogue: Catalogue) -> None:
    others = frozenset(catalogue.strategies) - {"stretching"}
    person = Recipient("en", others, frozenset(), ())
    actions = [one.choice.action for one in evenings(catalogue, "rotation", person=person, days=6)]
    assert actions == ["stretching", NONE] * 3


def test_an_explanation_names_the_step_the_moment_and_every_other(catalogue: Catalogue) -> None:
    for policy in CURRENT_VERSION:
        row = logged(evenings(catalogue, policy, 3, days=9)[-1], policy)
        assert f"{row.draw:.6f}" in why_this(row)
        assert "night 8 since the start, at the cadence daily" in why_now(row)
        assert set(why_not(row)) | {arm for arm, chance in row.probabilities.items() if chance} >= set(
            catalogue.strategies
        )

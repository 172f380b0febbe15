"""The packaged library itself: complete, within budget, and what the rest of the code relies on."""

import re
from datetime import date, time

import pytest

from content.catalogue import Catalogue, guide_headings, listing, load_published, words_sent
from content.lint import load_checked, notes, problems, reading_grade
from content.segments import count

STRATEGIES = {
    "stretching": (),
    "massage": ("leg_swelling", "neuropathy", "recent_clot"),
    "warm-bath": ("pregnancy", "neuropathy", "unstable_bp"),
    "evening-walk": ("fall_risk",),
    "daytime-activity": (),
    "caffeine": ("no_caffeine",),
    "alcohol": ("no_alcohol", "non_drinker"),
    "consistent-bedtime": (),
    "screens-off": (),
    "restful-room": (),
    "mindfulness": (),
    "gentle-yoga": (),
    "iron-rich-food": ("iron_overload", "kidney_disease"),
    "magnesium-rich-food": ("kidney_disease",),
    "b12-and-folate-food": ("kidney_disease",),
    "lighter-dinner": (),
    "nicotine": (),
    "short-naps": (),
    "compression": (),
    "check-up": (),
    "ask-a-pharmacist": (),
    "long-sitting": (),
    "mental-distraction": (),
    "warm-or-cold-pack": ("leg_swelling", "neuropathy", "recent_clot"),
    "move-when-it-starts": (),
}

TOMORROW = {
    "daytime-activity",
    "caffeine",
    "iron-rich-food",
    "magnesium-rich-food",
    "b12-and-folate-food",
    "short-naps",
    "compression",
    "check-up",
    "ask-a-pharmacist",
    "long-sitting",
}

# The headings of the guide and the items listed under those that advise, in its order.
GUIDE = (
    "In-Depth Guide to the Cure for Restless Leg Syndrome: Advances in Vascular Medicine and Treatments",
    "Understanding Restless Leg Syndrome: Causes and Symptoms",
    "Common Symptoms of Restless Leg Syndrome",
    "Primary Causes of Restless Leg Syndrome",
    "The Role of Vascular Medicine in Addressing Restless Leg Syndrome",
    "How Vascular Health Impacts Restless Leg Syndrome",
    "Effective Vascular Interventions for RLS",
    "Effective Vascular Interventions for RLS: Vascular assessments",
    "Effective Vascular Interventions for RLS: Compression therapy",
    "Effective Vascular Interventions for RLS: Blood flow optimization",
    "Effective Vascular Interventions for RLS: Addressing vascular disorders",
    "Effective Vascular Interventions for RLS: Emerging therapies",
    "Current and Emerging Treatments for Restless Leg Syndrome",
    "Pharmacological Treatments",
    "Non-Pharmacological Approaches",
    "Non-Pharmacological Approaches: Lifestyle modifications",
    "Non-Pharmacological Approaches: Dietary adjustments",
    "Non-Pharmacological Approaches: Physical therapies",
    "Non-Pharmacological Approaches: Vascular health management",
    "The Promise of Innovative and Personalized Treatments",
    "Holistic Lifestyle Strategies to Help Cure Restless Leg Syndrome",
    "Holistic Lifestyle Strategies: Regular physical activity",
    "Holistic Lifestyle Strategies: Balanced diet",
    "Holistic Lifestyle Strategies: Sleep hygiene",
    "Holistic Lifestyle Strategies: Stress management",
    "Holistic Lifestyle Strategies: Vascular health monitoring",
    "Seeking Specialized Help at Vascular Medicine Centers",
    "Future Outlook: Research and Innovation in RLS Treatment",
    "Conclusion: Embracing a Multi-Faceted Approach to Overcome RLS",
)


def test_a_reviewer_would_refuse_nothing(catalogue: Catalogue) -> None:
    grade = reading_grade()
    assert grade is not None, "textstat is a development dependency"
    assert list(map(str, problems(catalogue, load_published(), grade=grade))) == []


def test_starts_without_the_development_dependency_and_says_what_was_left_out() -> None:
    assert load_checked(grade=None).strategies
    assert "reading grade" in notes(None)[0]
    assert notes(reading_grade()) == ()


def test_has_every_strategy_with_its_exclusions(catalogue: Catalogue) -> None:
    assert {name: strategy.exclude for name, strategy in catalogue.strategies.items()} == STRATEGIES
    needs = {name: strategy.needs for name, strategy in catalogue.strategies.items() if strategy.needs}
    assert needs == {"compression": ("stockings_advised",), "nicotine": ("uses_nicotine",)}
    assert catalogue.strategies["check-up"].min_days_between >= 28


def test_says_which_steps_are_for_tomorrow_and_which_is_no_longer_offered(catalogue: Catalogue) -> None:
    assert {name for name, one in catalogue.strategies.items() if one.acts_on == "tomorrow"} == TOMORROW
    assert [name for name, one in catalogue.strategies.items() if not one.offered] == ["iron-rich-food"]


def test_every_strategy_names_a_source_with_its_year_and_says_who_reviewed_it(catalogue: Catalogue) -> None:
    for strategy in catalogue.strategies.values():
        assert re.search(r"\b(19|20)\d\d\b", strategy.citation), strategy.id
        assert strategy.reviewer == "Not reviewed by a clinician"


def test_lists_five_texts_or_more_in_each_language_within_the_budget(catalogue: Catalogue) -> None:
    listed = listing(catalogue)
    assert {entry["id"] for entry in listed} == set(STRATEGIES)
    for entry in listed:
        assert set(entry) == {
            *("id", "guide_heading", "acts_on", "offered", "exclude", "abstains", "asked", "citation", "reviewer"),
            "texts",
        }
        for language, most in (("en", 1), ("es", 2)):
            texts = entry["texts"][language]
            assert len(texts) >= 5
            assert all(text["segments"] == count(text["text"]).parts <= most for text in texts)
            assert all(set(text) == {"text", "segments", "version", "exclude"} for text in texts)


def test_every_text_says_who_reviewed_it_and_when(catalogue: Catalogue) -> None:
    for text in catalogue.all_texts():
        assert text.version >= 1
        assert text.reviewer
        assert text.reviewed_on > date(2026, 1, 1)
        assert (text.strategy is None) == (text.guide_heading is None)


def test_finds_a_text_by_its_id_and_by_its_key(catalogue: Catalogue) -> None:
    text = catalogue.texts_for("stretching", "es")[0]
    assert catalogue.text("es", text.id) is text
    assert catalogue.texts_for("welcome", "en")[0].key == "welcome"
    with pytest.raises(KeyError):
        catalogue.text("en", "stretching.99")


def test_language_and_id_name_one_text(catalogue: Catalogue) -> None:
    named = [(text.language, text.id) for text in catalogue.all_texts()]
    assert len(set(named)) == len(named)


def test_the_words_of_every_version_can_be_read_again(catalogue: Catalogue) -> None:
    published = load_published()
    for text in catalogue.all_texts():
        assert words_sent(published, text.language, text.id, text.version) == text.body


def test_every_heading_of_the_guide_is_accounted_for() -> None:
    accounts = guide_headings()
    assert tuple(account.guide for account in accounts) == GUIDE
    assert {name for account in accounts for name in account.strategies} == set(STRATEGIES)
    assert all(account.reason for account in accounts)


def test_crisis_lines_name_the_countrys_own_numbers(catalogue: Catalogue) -> None:
    numbers = {
        "us": (("988", "911"), ("911",)),
        "gb": (("116 123", "SHOUT", "85258", "111", "999"), ("999", "111")),
        "es": (("024", "717 003 717", "112"), ("112",)),
    }
    for country, (crisis, urgent) in numbers.items():
        lines = catalogue.safety[country]
        for language in catalogue.languages:
            assert all(number in lines.crisis[language] for number in crisis)
            assert all(number in lines.urgent[language] for number in urgent)
            assert catalogue.texts_for(f"crisis.{country}", language)[0].body == lines.crisis[language]
    assert "oprime 2" in catalogue.safety["us"].crisis["es"]
    assert "AYUDA" in catalogue.safety["us"].crisis["es"]


def test_the_two_programmes_ask_once_a_day(catalogue: Catalogue) -> None:
    evening, both = catalogue.programmes["evening"], catalogue.programmes["evening-and-morning"]
    assert [(slot.sends_step, slot.asks_check_in) for slot in evening.slots] == [(True, True)]
    assert [(slot.sends_step, slot.asks_check_in) for slot in both.slots] == [(True, False), (False, True)]
    assert (evening.check_in_mode, both.check_in_mode) == ("evening", "morning")
    assert evening.slots[0].default_time == time(20)
    assert evening.cadences["daily"] == frozenset(range(1, 8))
    assert len(evening.cadences["four-a-week"]) == 4
    assert evening.cadences["weekends"] == {6, 7}
    assert evening.step_down_after == 5


def test_every_cadence_has_words_in_each_language(catalogue: Catalogue) -> None:
    for programme in catalogue.programmes.values():
        for cadence in programme.cadences:
            assert set(catalogue.cadence_titles[cadence]) == set(catalogue.languages)

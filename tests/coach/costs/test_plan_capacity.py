"""`coach plan-capacity`: how long an evening takes and what it costs, before anybody is enrolled."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from coach.costs.capacity import plan_capacity
from coach.costs.prices import Price, PriceError, load_price
from content.catalogue import load_catalogue
from content.segments import count
from tests.commands import environment, run

PRICE = Price("USD", sent=0.01, received=0.005, carrier_fee=0.002, as_of=date(2026, 11, 1))
CATALOGUE = load_catalogue()
EVENING = CATALOGUE.programmes["evening"]
NO_DATABASE = environment("sqlite://")


def test_an_evening_costs_the_text_the_reply_and_our_answer() -> None:
    plan = plan_capacity(CATALOGUE, EVENING, "en", 1000, PRICE, per_second=0)
    text_and_answer = (plan.parts + 1) * 0.012
    assert plan.per_evening == pytest.approx(1000 * (text_and_answer + 0.005))


def test_the_time_is_the_number_of_texts_by_the_rate() -> None:
    assert plan_capacity(CATALOGUE, EVENING, "en", 5400, PRICE, per_second=1.5).minutes == 60
    assert plan_capacity(CATALOGUE, EVENING, "en", 5400, PRICE, per_second=0).minutes is None


def test_a_text_that_takes_two_parts_costs_two() -> None:
    long = "Stretch. " * 25
    assert count(long).parts == 2
    strategies = {
        name: replace(one, texts={"en": tuple(replace(text, body=long, placeholders=()) for text in one.texts["en"])})
        for name, one in CATALOGUE.strategies.items()
    }
    lengthened = replace(CATALOGUE, strategies=strategies)
    assert plan_capacity(lengthened, EVENING, "en", 1, PRICE, 0).parts == 2


def test_the_command_prints_sentences_and_json() -> None:
    told = run(["plan-capacity", "--participants", "3000", "--per-second", "1"], NO_DATABASE).stdout
    assert "3,000 people, 1 text a day each" in told
    assert "50 minutes later" in told
    plan = json.loads(run(["plan-capacity", "--participants", "3000", "--json"], NO_DATABASE).stdout)
    assert plan["participants"] == 3000
    assert plan["per_month"] == pytest.approx(plan["per_evening"] * 30.4)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["--country", "ZZ"], "add a table [ZZ] to coach/costs/prices.toml"),
        (["--programme", "night"], "choose from evening"),
        (["--language", "fr"], "choose from en"),
        (["--participants", "0"], "is not in the range"),
    ],
)
def test_wrong_input_says_what_to_do(wrong: list[str], says: str) -> None:
    done = run(["plan-capacity", "--participants", "10", *wrong], NO_DATABASE)
    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.parametrize(
    "holds",
    [
        'US = "cheap"',
        '[US]\ncurrency = "USD"\nsent = 1',
        '[US]\ncurrency = "USD"\nsent = -1\nreceived = 1\ncarrier_fee = 0\nas_of = 2026-01-01',
        '[US]\ncurrency = "USD"\nsent = nan\nreceived = 1\ncarrier_fee = 0\nas_of = 2026-01-01',
        "[US",
    ],
)
def test_a_table_that_cannot_be_used_is_named(tmp_path: Path, holds: str) -> None:
    (tmp_path / "prices.toml").write_text(holds)
    with pytest.raises(PriceError, match=r"prices\.toml"):
        load_price("US", tmp_path / "prices.toml")

"""Whether our clock is believed: by what others show, reckoned on, and asked again where they contradict."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from schedules.dispatch.clock_witnesses import (
    AGREE_WITHIN,
    ASK_AGAIN,
    ClockConflict,
    Witness,
    Witnesses,
    database_clock,
)
from tests.support import TestClock

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@dataclass
class World:
    """Our wall clock, the time that truly passes, and somebody else's clock, which is right."""

    wall: TestClock = field(default_factory=lambda: TestClock(START))
    lived: float = 0.0
    answers: bool = True
    asked: int = 0
    asleep: float = 0.0

    def passes(self, seconds: float) -> None:
        self.lived += seconds
        self.wall.forward(seconds=seconds)

    def shows(self) -> datetime | None:
        self.asked += 1
        return START + timedelta(seconds=self.lived + self.asleep) if self.answers else None

    def witness(self, whose: str = "provider", every: float = 600.0) -> Witness:
        return Witness(whose, self.shows, every, lambda: self.lived)

    def contradict(self, *witnesses: Witness) -> Callable[[], ClockConflict | None]:
        heard = Witnesses(witnesses)
        return lambda: heard.contradict(self.wall)


def test_a_process_whose_time_is_made_up_believes_itself() -> None:
    alone = Witnesses()
    assert (alone.contradict(TestClock(START)), alone.confirm(TestClock(START))) == (None, True)


@pytest.mark.parametrize(("off", "doubted"), [(SECOND, False), (AGREE_WITHIN, False), (AGREE_WITHIN + SECOND, True)])
@pytest.mark.parametrize("way", [1, -1])
def test_two_minutes_are_the_limit_either_way(off: timedelta, doubted: bool, way: int) -> None:
    world = World()
    world.wall.shows += way * off
    doubt = world.contradict(world.witness())()
    assert doubt == (ClockConflict("provider", way * off) if doubted else None)


def test_a_clock_that_is_set_while_we_run_is_noticed_at_once_and_believed_once_it_is_right_again() -> None:
    world = World()
    contradicted = world.contradict(world.witness())
    assert contradicted() is None
    world.passes(5)
    world.wall.shows -= HOUR
    assert contradicted() == ClockConflict("provider", -HOUR)
    world.passes(1)
    world.wall.shows += HOUR
    assert contradicted() is None


def test_others_are_asked_only_now_and_then() -> None:
    world = World()
    contradicted = world.contradict(world.witness(every=600))
    for _ in range(100):
        world.passes(15)
        assert contradicted() is None
    assert world.asked <= 1500 / 600 + 2


def test_a_machine_that_slept_asks_anew_and_goes_on() -> None:
    world = World()
    contradicted = world.contradict(world.witness())
    assert contradicted() is None
    world.passes(20)
    world.asleep = 3600  # the wall clock counts it, the time that passed for us does not
    world.wall.forward(hours=1)
    assert contradicted() is None


def test_while_nobody_answers_the_last_word_counts_and_nobody_is_asked_all_the_time() -> None:
    world = World()
    contradicted = world.contradict(world.witness())
    assert contradicted() is None
    world.answers, before = False, world.asked
    world.passes(20)
    world.wall.shows += 40 * 24 * HOUR
    for _ in range(10):
        world.passes(ASK_AGAIN / 5)
        assert contradicted() == ClockConflict("provider", 40 * 24 * HOUR)
    assert world.asked - before <= 4


def test_a_silent_witness_neither_contradicts_nor_confirms() -> None:
    world = World(answers=False)
    alone = Witnesses([world.witness()])
    assert (alone.contradict(world.wall), alone.confirm(world.wall)) == (None, False)
    agrees = Witnesses([world.witness(), World().witness("database")])
    assert agrees.confirm(world.wall)


def test_one_that_contradicts_is_enough() -> None:
    right, wrong = World(), World()
    wrong.lived = 300
    heard = Witnesses([right.witness("database"), wrong.witness("provider")])
    assert heard.contradict(right.wall) == ClockConflict("provider", timedelta(seconds=-300))
    assert not heard.confirm(right.wall)


def test_the_databases_clock_is_asked_where_it_has_one_of_its_own(engine: Engine) -> None:
    witness = database_clock(engine)
    if engine.dialect.name == "sqlite":
        assert witness is None
        return
    assert witness is not None
    made_up = TestClock(START)
    assert Witnesses([witness]).contradict(made_up) is not None
    assert Witnesses([witness]).confirm(lambda: datetime.now(UTC))

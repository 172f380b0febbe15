"""What the pooled estimates promise, in made-up studies: `python dev.py bench pooled [--trials N]`.

The world is `tests/coach/effects/pooled_world.py`: 12, 24 or 60 people, no step does anything or the first one lowers
the score by 0.8. How often the 95 % interval holds the truth; how often the best step is named first after 6 and 12
weeks; how often "clear" is said falsely of any step at any of 12 weekly looks. Fails where the intervals hold less than
93 % or more than 97 % by more than two standard errors, or "clear" is false in more than 5 % of studies. About four
minutes of one core.
"""

import argparse
import sys
from dataclasses import replace
from time import perf_counter

from rich.console import Console
from rich.table import Table

from tests.coach.effects.pooled_trials import Tally, run, world_of
from tests.coach.effects.pooled_world import World

BEST = -0.8
RANDOM, ROTATED = "micro-randomised", "rotation"
LIBRARIES = ((RANDOM, 8, 0), (RANDOM, 16, 0), (ROTATED, 16, 0), (ROTATED, 8, 8))
ALL_DIFFER = (BEST, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6)
COVERED, FALSELY_CLEAR = (0.93, 0.97), 0.05


def worlds() -> list[tuple[World, bool]]:
    """Each world, and whether it is looked at every week."""
    ends = [
        world_of(people, 6, *library, best=best)
        for library in LIBRARIES
        for people in (12, 24, 60)
        for best in (0.0, BEST)
    ]
    eight = world_of(12, 6, RANDOM, 8, best=BEST)
    ends += [replace(eight, between_people=0.4), replace(eight, tonight=ALL_DIFFER)]
    ends += lasting()
    weekly = [world_of(12, 12, *library, best=best) for library in LIBRARIES[:3] for best in (0.0, BEST)]
    return [*((one, False) for one in ends), *((one, True) for one in weekly)]


def lasting() -> list[World]:
    """Worlds that break an assumption: a part of each effect stays on the nights after. They may be outside."""
    rotated = world_of(24, 6, ROTATED, 16, best=BEST)
    eight = world_of(24, 6, RANDOM, 8, best=BEST)
    return [replace(one, lasting=share) for one in (eight, rotated) for share in (0.3, 0.6)]


def row(world: World, weekly: bool, found: Tally) -> list[str]:
    """A line of the table."""
    steps = f"{len(world.tonight)}" + (f" + {len(world.tomorrow)} for tomorrow" if world.tomorrow else "")
    kind = f"{world.policy}, {steps}" + (", people differ" if world.between_people else "")
    kind += f", {world.lasting:.0%} lasts" if world.lasting else ""
    kind += ", all differ" if world.tonight == ALL_DIFFER else ""
    best = world.tonight[0]
    return [
        kind,
        f"{world.people}",
        f"{world.evenings // 7}",
        f"{best:+.1f}",
        f"{found.covered:.1%}",
        f"{found.best_covered:.0%}" if best else "",
        f"{found.first:.0%}" if best else "",
        f"{found.clear:.0%}" if best else "",
        f"{found.falsely_clear:.1%}" + (" of 12 looks" if weekly else ""),
    ]


def main(arguments: list[str]) -> int:
    """Measure and print; 1 if a figure is outside."""
    parser = argparse.ArgumentParser(prog="dev.py bench pooled")
    parser.add_argument("--trials", type=int, default=100, help="how many studies of each kind")
    count, begun, outside = parser.parse_args(arguments).trials, perf_counter(), 0
    names = (
        "policy, steps",
        "people",
        "weeks",
        "best",
        "covered",
        "best covered",
        "first",
        "clear",
        "false clear",
    )
    table = Table(*names, title=f"{count} studies each")
    for number, (world, weekly) in enumerate(worlds()):
        found = run(world, count, number, weekly=weekly)
        reach = 2 * found.covered_error
        if world.lasting:
            table.add_row(*row(world, weekly, found))
            continue
        outside += not COVERED[0] - reach <= found.covered <= COVERED[1] + reach or found.falsely_clear > FALSELY_CLEAR
        table.add_row(*row(world, weekly, found))
    Console(width=150).print(table)
    print(f"{outside} outside (intervals {COVERED}, false clear up to {FALSELY_CLEAR}); {perf_counter() - begun:.0f} s")
    return int(outside > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

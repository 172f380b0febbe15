"""What is told of single people, in made-up studies: `python dev.py bench persons [--trials N]`.

The world is `tests/coach/effects/pooled_world.py`: 12, 24 or 60 people, four steps and none at random for 12 weeks, or
a rotation of eight for 26. How often the 95 % interval holds the person's own effect, also of people unlike the others,
and who is told that a step helps. Fails where the intervals hold less than 93 % or more than 97 % by more than two
standard errors, or more than 5 % of people are told of a step that does not help them. N is for 12 people; of more
people there are fewer studies. Some five minutes of one core.
"""

import argparse
import sys
from time import perf_counter

from rich.console import Console
from rich.table import Table

from tests.coach.effects.person_trials import Kind, run
from tests.coach.effects.pooled_world import World

KINDS = {
    "no step does anything": Kind(),
    "people differ by 0.3": Kind(people=0.3),
    "steps differ by 0.3": Kind(steps=0.3),
    "both differ by 0.3": Kind(steps=0.3, people=0.3),
    "one step of -0.8, people differ by 0.3": Kind(best=-0.8, people=0.3),
}
WEEKS = {"micro-randomised": (4, 12), "rotation": (8, 26)}
COVERED, FALSELY = (0.93, 0.97), 0.05


def main(arguments: list[str]) -> int:
    """Measure and print; 1 if a figure is outside."""
    parser = argparse.ArgumentParser(prog="dev.py bench persons")
    parser.add_argument("--trials", type=int, default=50, help="how many studies of 12 people of each kind")
    parser.add_argument("--seed", type=int, default=0, help="other studies of the same kinds")
    given, begun, outside = parser.parse_args(arguments), perf_counter(), 0
    names = ("policy", "true effects", "people", "covered", "of who is unlike", "width", "told", "falsely")
    table = Table(*names, title=f"{12 * given.trials} people in each line")
    for policy, (steps, weeks) in WEEKS.items():
        for number, (name, kind) in enumerate(KINDS.items()):
            for people in (12, 24, 60):
                world = World(people, 7 * weeks, (0.0,) * steps, policy=policy)
                found = run(world, kind, max(2, given.trials * 12 // people), 1000 * given.seed + number)
                reach = 2 * found.covered_error
                outside += not COVERED[0] - reach <= found.covered <= COVERED[1] + reach or found.falsely > FALSELY
                unlike = f"{found.unlike_covered:.1%}" if kind.people else ""
                shares = f"{found.covered:.1%}", unlike, f"{found.width:.2f}", f"{found.helps:.0%}"
                table.add_row(policy, name, f"{people}", *shares, f"{found.falsely:.1%}")
    Console(width=130).print(table)
    print(f"{outside} outside (intervals {COVERED}, falsely up to {FALSELY}); {perf_counter() - begun:.0f} s")
    return int(outside > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

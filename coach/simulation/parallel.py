"""Simulate many people in several processes. The result does not depend on how many there are."""

import io
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context

from coach.export.decisions_csv import write_decisions
from coach.simulation.living import simulate_person
from coach.simulation.setup import Setup
from content.catalogue import Catalogue, load_catalogue

CHUNK = 50
ONE_PROCESS_BELOW = 200  # people: below this, starting processes costs more than it saves


def csv_chunks(setup: Setup, processes: int) -> Iterator[tuple[int, str]]:
    """Yield the decisions file in order: the number of people in a chunk, and its lines (the first has the header)."""
    firsts = range(1, setup.participants + 1, CHUNK)
    if processes == 1 or setup.participants < ONE_PROCESS_BELOW:
        yield from map(partial(_chunk, setup), firsts)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_chunk, setup), firsts)


def _chunk(setup: Setup, first: int) -> tuple[int, str]:
    """Simulate one chunk of people, starting at a number."""
    numbers = range(first, min(first + CHUNK, setup.participants + 1))
    out = io.StringIO()
    rows = (row for number in numbers for row in simulate_person(setup, _catalogue(), number))
    write_decisions(out, rows, header=first == 1)
    return len(numbers), out.getvalue()


@lru_cache(maxsize=1)
def _catalogue() -> Catalogue:
    """Load the library once per process."""
    return load_catalogue()

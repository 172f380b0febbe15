"""Simulate participants of a programme, to test it before anyone is texted.

The code that plans real evenings plans the simulated ones: `schedules.decisions.decide.decide` (with eligibility,
policies, cadence and wording) and `schedules.timing.slots.next_due`, over a `schedules.decisions.history.History`. Only
the surroundings differ: facts are kept in memory, the clock jumps to the next decision point, and no text is sent.
"""

from coach.simulation.parallel import csv_chunks
from coach.simulation.setup import PersonKind, Setup, SetupError

__all__ = ["PersonKind", "Setup", "SetupError", "csv_chunks"]

"""Simulated people who live through a programme, to test it before anyone is texted.

The evenings are planned by the code that plans real ones: `schedules.decisions.decide.decide` (with eligibility,
policies, pace and wording) and `schedules.timing.slots.next_due`, over a `schedules.decisions.history.History`. Only
the doers are left out: facts are kept in memory instead of a database, the clock jumps from one decision point to the
next, and no text goes anywhere.
"""

from coach.simulation.parallel import csv_chunks
from coach.simulation.setup import Kind, Setup, SetupError

__all__ = ["Kind", "Setup", "SetupError", "csv_chunks"]

"""Features of the world that are switched off, each with the fault of the engine that it finds. Empty is the aim.

Switch one on with `dev.py bench simulate-engine --with NAME`; take it out of here once the fault is mended.
"""

KNOWN_FAULTS: dict[str, str] = {
    "suspends": "A machine suspended between claim and request sends on waking what another has sent since: "
    "the claim's age is measured on the monotonic clock, which stands still meanwhile (dispatch.py, _outcome).",
    "clock_jumps": "A clock set back starves every job of the worker, since its scheduler reckons in wall time; "
    "one tick with a clock 40 days ahead leaves people due in 40 days (schedules/clock.py, schedules/planner.py).",
    "unstaffed": "A cry for help in a clinic that has nobody to page is marked as paged and escalated, though nobody "
    "was told: neither an admin of the installation nor the lead of the phone's other clinic (coach/flags.py, _staff).",
    "two_welcomes": "A phone that is welcomed by two clinics and says YES to each: both count for the clinic that "
    "texted last, the other stays invited (coach/applying.py, _confirm; inbound_facts.py, find_rows).",
    "odd_sids": "A provider id that comes twice cannot be recorded: the batch fails for ever, the text is doubted, not "
    "found as its own, and sent again (schedules/dispatch.py, _record_all).",
}

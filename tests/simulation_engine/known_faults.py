"""Features of the world that are switched off, each with the fault of the engine that it finds. Empty is the aim.

Switch one on with `dev.py bench simulate-engine --with NAME`; take it out of here once the fault is mended.
"""

KNOWN_FAULTS: dict[str, str] = {
    "clock_jumps": "A clock set back by days, which nothing contradicts, has what was decided tonight taken back and "
    "sent again (seed 51): this world has no witness to the time, real sending has (schedules/reanchoring.py).",
    "two_welcomes": "A phone that is welcomed by two clinics and says YES to each: both count for the clinic that "
    "texted last, the other stays invited (coach/applying.py, _confirm; inbound_facts.py, find_rows).",
}

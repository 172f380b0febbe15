"""Features of the world that are switched off, each with the fault of the engine that it finds. Empty is the aim.

Switch one on with `dev.py bench simulate-engine --with NAME`; take it out of here once the fault is mended.
"""

KNOWN_FAULTS: dict[str, str] = {
    "clock_jumps": "A clock set back by days that nothing contradicts has tonight's decisions taken back and texts sent "
    "again (seed 51, 3 days): this world has no witness to the time, which real sending has (schedules/reanchoring.py).",
    "two_welcomes": "A phone that is welcomed by two clinics and says YES to each: both count for the clinic that "
    "texted last, the other stays invited (coach/applying.py, _confirm; inbound_facts.py, find_rows).",
}

"""Who is a participant, what they have consented to, and at which times they want to hear.

Holds every write of an enrolment and its consent. Callers hold the transaction. `roster_file`, `roster_cells` and
`roster_rules` are pure.
"""

"""Who is a participant, what they have consented to, and at which times they want texts.

Every write of an enrollment and its consent is here. Callers hold the transaction. `roster_file`, `roster_cells` and
`roster_rules` are pure.
"""

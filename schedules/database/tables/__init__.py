"""The tables of this room, one file per aggregate.

Conventions: instants are UTC, wall times are local, personal data is encrypted, and the rows of one person can be found
from the metadata (`coach.privacy.personal_data`).
"""

"""The tables that the sending engine writes, one file an aggregate.

Conventions: instants are UTC, wall times are local, personal data is encrypted, every row of one person can be found
from the metadata (`coach.privacy.personal_data`).
"""

"""Make several changes to one participant, all or none: from a command, or from another system.

Callers hold the transaction.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from coach.accounts.signed_in import SignedIn
from coach.participants.actions.change_number import change_number
from coach.participants.apply_change import change_participant
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys

# The kinds of change in order, and their fields. The policy comes before the program: a consent given earlier counts
# only until either changes.
KINDS = {
    "policy": ("policy", "randomised_consent"),
    "programme": ("programme",),
    "times": ("evening_time", "bedtime", "time_zone"),
    "name": ("first_name",),
    "language": ("language",),
    "coach": ("coach",),
    "all_tags": ("tags",),
    "left_out": ("exclude",),
    "tags": ("tag", "no_tag"),
    "plans": ("plans",),
    "pause": ("until",),
}


def change_many(
    connection: Connection,
    participant_id: int,
    given: Mapping[str, str],
    by: SignedIn,
    catalogue: Catalogue,
    keys: InstallationKeys,
    now: datetime,
) -> Iterator[str]:
    """Make every change that is given, by field, and yield what was not done and why.

    Raises LookupError outside the scope, ChangeError if a change is not possible.
    """
    if "phone" in given:
        change_number(connection, participant_id, given["phone"], by, catalogue, keys, now)
    for what, names in KINDS.items():
        form = {name: given[name] for name in names if name in given}
        if form:
            done = change_participant(connection, participant_id, what, form, by, catalogue, now)
            if done.note:
                yield done.note

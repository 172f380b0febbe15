"""The signed-in coach as the doers want them, and the zone they read by."""

from flask_security import current_user
from sqlalchemy import Connection

from coach.accounts.clinics import time_zone_of
from coach.inbox.answer import Coach
from coach.web.sign_in.viewer import CARING, for_roles, viewer

LEADING = ("lead", "admin")  # whoever answers for a clinic sees what numbers write that are nobody's
caring = for_roles(*CARING)


def signed_in() -> Coach:
    """The coach of this request and their scope."""
    me = viewer()
    return Coach(me.id, me.email, me.scope, sees_unknown=me.role in LEADING)


def own_zone(connection: Connection) -> str:
    """The zone this coach reads by: their own, else their clinic's."""
    own = getattr(current_user, "time_zone", None)
    return own or time_zone_of(connection, viewer().clinic_id)

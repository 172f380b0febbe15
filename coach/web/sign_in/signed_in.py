"""The signed-in coach as the doers want them, and the zone they read by."""

from flask_security import current_user
from sqlalchemy import Connection

from coach.accounts.clinics import time_zone_of
from coach.accounts.signed_in import SignedIn
from coach.web.sign_in.viewer import CARING, for_roles, viewer

caring = for_roles(*CARING)


def signed_in() -> SignedIn:
    """The coach of this request and their scope."""
    return viewer()


def own_zone(connection: Connection) -> str:
    """The zone this coach reads by: their own, else their clinic's."""
    own = getattr(current_user, "time_zone", None)
    return own or time_zone_of(connection, viewer().clinic_id)

"""What answering a request needs: who calls, from where to read and write, and what time it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine

from coach.accounts.signed_in import SignedIn
from coach.api.keys import Caller
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys


@dataclass(frozen=True, slots=True)
class Desk:
    """One request, before anything of it is done."""

    caller: Caller
    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    now: datetime

    @property
    def acts_as(self) -> SignedIn:
        """What the caller may see and change."""
        return self.caller.acts_as

    @property
    def scope(self) -> ColumnElement[bool]:
        """The caller's participants, as a condition on `Participant`."""
        return self.caller.acts_as.scope

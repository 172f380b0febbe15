"""What views need, kept on the application; and the connection as pages pass it on."""

from dataclasses import dataclass, field
from typing import cast

from flask import current_app
from sqlalchemy import Connection

from coach.runtime import Runtime
from coach.web.row_patience import RowPatience
from schedules.gateway.twilio import SignatureCheck

__all__ = ["Connection", "Site", "site"]


@dataclass(frozen=True)
class Site:
    """The runtime, and the check of Twilio's signature where Twilio is set up."""

    runtime: Runtime
    signature_check: SignatureCheck | None
    row_patience: RowPatience = field(default_factory=RowPatience)


def site() -> Site:
    """The site of the current application."""
    return cast(Site, current_app.extensions["coach"])

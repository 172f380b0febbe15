"""What only somebody who has just signed in may do: rights, password links, exports, erasing, keys of other systems.

An open page on an unattended computer shows what it shows, but gives nothing away for good.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, request, url_for
from flask_security import url_for_security
from flask_security.utils import check_and_update_authn_fresh

FRESH = timedelta(minutes=30)  # since the password was last given
AGAIN = "Confirm your password first. Nothing has been done yet: do it again afterward."

View = Callable[..., Any]


def fresh(view: View) -> View:
    """A view for whoever signed in, or confirmed their password, within `FRESH`. Stands below `for_roles`."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> Any:
        if check_and_update_authn_fresh(FRESH, timedelta(0), "session"):
            return view(*args, **kwargs)
        if request.method != "GET":
            flash(AGAIN, "error")
        return redirect(url_for_security("verify", next=_back_to()), code=303)

    return guarded


def _back_to() -> str:
    """The page that was asked for, or on which the form stood."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    came_from = urlsplit(request.referrer or "")
    same = came_from.netloc == request.host
    return came_from.path if same and came_from.path else url_for("home.index")

"""The desk of a request."""

from coach.api.desk import Desk
from coach.api.keys import Caller
from coach.web.site import site


def desk(caller: Caller) -> Desk:
    """What answering this request needs."""
    runtime = site().runtime
    return Desk(caller, runtime.engine, runtime.catalogue, runtime.keys, runtime.now())

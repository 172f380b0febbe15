"""Errors to Sentry, or anything that speaks its protocol: where they happened, never about whom.

What an error says may hold a number or a text, and so may a request, a local variable or the trail of what went before:
none of these leave. Kinds of errors, places in the code, and our own ids do.
"""

from typing import Any

import sentry_sdk
import structlog
from sentry_sdk.transport import Transport

# All that a report keeps of itself and of each frame; whatever the library adds one day is left out until it is here.
EVENT_KEPT = ("event_id", "timestamp", "platform", "level", "release", "environment", "tags", "sdk")
FRAME_KEPT = ("filename", "function", "lineno", "module", "in_app")


def report_errors(dsn: str, transport: type[Transport] | None = None) -> None:
    """Start reporting in this process."""
    sentry_sdk.init(
        dsn,
        transport=transport,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        default_integrations=False,
        before_send=strip,
    )


def strip(event: Any, _hint: object) -> Any:
    """What of a report is known not to be about a person."""
    kept = {name: event[name] for name in EVENT_KEPT if name in event}
    raised = [_stripped(one) for one in (event.get("exception") or {}).get("values") or ()]
    return kept | {"exception": {"values": raised}}


def _stripped(raised: Any) -> dict[str, Any]:
    frames = (raised.get("stacktrace") or {}).get("frames") or ()
    places = [{name: frame[name] for name in FRAME_KEPT if name in frame} for frame in frames]
    return {"type": raised.get("type"), "module": raised.get("module"), "stacktrace": {"frames": places}}


def reporting(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Report a log line's error, under the line's name and ids."""
    if line.get("exc_info"):
        with sentry_sdk.new_scope() as scope:
            for name in ("event", "request", "worker", "message", "reply", "enrolment"):
                if name in line:
                    scope.set_tag(name, line[name])
            sentry_sdk.capture_exception()
    return line

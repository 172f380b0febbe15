"""Report errors to Sentry, or anything that speaks its protocol, without personal data.

Messages, requests, local variables and breadcrumbs may hold a phone number or a text, so none of them are sent. Error
types, places in the code and our own ids are.
"""

from typing import Any

import sentry_sdk
import structlog
from sentry_sdk.transport import Transport

# An allowlist: fields that the library adds in the future stay out until they are listed here.
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
    """Keep only the fields that cannot identify a person."""
    kept = {name: event[name] for name in EVENT_KEPT if name in event}
    exceptions = [_stripped(one) for one in (event.get("exception") or {}).get("values") or ()]
    return kept | {"exception": {"values": exceptions}}


def _stripped(raised: Any) -> dict[str, Any]:
    frames = (raised.get("stacktrace") or {}).get("frames") or ()
    places = [{name: frame[name] for name in FRAME_KEPT if name in frame} for frame in frames]
    return {"type": raised.get("type"), "module": raised.get("module"), "stacktrace": {"frames": places}}


def reporting(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Report the error of a log line, tagged with the line's name and ids (a structlog processor)."""
    if line.get("exc_info"):
        with sentry_sdk.new_scope() as scope:
            for name in ("event", "request", "worker", "message", "reply", "enrolment"):
                if name in line:
                    scope.set_tag(name, line[name])
            sentry_sdk.capture_exception()
    return line

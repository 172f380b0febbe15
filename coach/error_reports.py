"""Errors to Sentry, or anything that speaks its protocol: where they happened, never about whom.

What an error says may hold a number or a text, and so may a request, a local variable or the trail of what went before:
none of these leave. Kinds of errors, places in the code, and our own ids do.
"""

from typing import Any

import sentry_sdk
import structlog


def report_errors(dsn: str) -> None:
    """Start reporting in this process."""
    sentry_sdk.init(
        dsn,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        default_integrations=False,
        before_send=strip,
    )


def strip(event: Any, _hint: object) -> Any:
    """Take out of a report what could be about a person."""
    for one in event.get("exception", {}).get("values", []):
        one["value"] = ""
    event.pop("request", None)
    event.pop("user", None)
    event.pop("logentry", None)
    return event


def reporting(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Report a log line's error, under the line's name and ids."""
    if line.get("exc_info"):
        with sentry_sdk.new_scope() as scope:
            for name in ("event", "request", "worker", "message", "reply", "enrolment"):
                if name in line:
                    scope.set_tag(name, line[name])
            sentry_sdk.capture_exception()
    return line

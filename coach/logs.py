"""Log lines: readable in a terminal, JSON for machines. Ids only, never a number, a name or a text."""

import logging
import sys

import structlog

from coach.error_reports import report_errors, reporting
from coach.raised import where_raised

SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def say_where_raised(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """In place of an exception its kind and place: neither its words nor its variables."""
    given = line.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    error = error if isinstance(error, BaseException) else sys.exc_info()[1]
    if given and error is not None:
        line["raised"] = where_raised(error)
    return line


def configure_logs(log_format: str, sentry_dsn: str = "") -> None:
    """Send every line, ours and the libraries', to standard error, and errors to Sentry where there is one."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    reports: tuple[structlog.typing.Processor, ...] = (reporting,) if sentry_dsn else ()
    told: tuple[structlog.typing.Processor, ...] = (*reports, say_where_raised, renderer)
    structlog.configure(
        processors=[*SHARED, *told],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *told]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[libraries])
    # The SDK logs whole requests, bodies and numbers included, at INFO.
    logging.getLogger("twilio").setLevel(logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    if sentry_dsn:
        report_errors(sentry_dsn)

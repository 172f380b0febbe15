"""Log lines: readable in a terminal, JSON for machines. Ids only, never a number, a name or a text."""

import logging
import sys

import structlog

from coach.operations.error_details import where_raised

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


def configure_logs(log_format: str, sentry_dsn: str = "", least: int = logging.INFO) -> None:
    """Send lines from `least` up, and the libraries' warnings, to standard error; errors to Sentry if there is one."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    reports = _start_reporting(sentry_dsn) if sentry_dsn else ()
    told: tuple[structlog.typing.Processor, ...] = (*reports, say_where_raised, renderer)
    structlog.configure(
        processors=[*SHARED, *told],
        wrapper_class=structlog.make_filtering_bound_logger(least),
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


def _start_reporting(sentry_dsn: str) -> tuple[structlog.typing.Processor, ...]:
    from coach.operations.error_reports import report_errors, reporting  # noqa: PLC0415  (slow to load, and seldom wanted)

    report_errors(sentry_dsn)
    return (reporting,)

"""Log lines: text for terminals, JSON for machines. Ids only, never a phone number, a name or a text."""

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
    """Replace an exception by its type and traceback, without its message or variables (a structlog processor)."""
    given = line.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    error = error if isinstance(error, BaseException) else sys.exc_info()[1]
    if given and error is not None:
        line["raised"] = where_raised(error)
    return line


def configure_logs(log_format: str, sentry_dsn: str = "", least: int = logging.INFO) -> None:
    """Log from level `least` up, and libraries' warnings, to standard error; errors also to Sentry if configured."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    reports = _start_reporting(sentry_dsn) if sentry_dsn else ()
    final: tuple[structlog.typing.Processor, ...] = (*reports, say_where_raised, renderer)
    structlog.configure(
        processors=[*SHARED, *final],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[libraries])
    # Twilio's SDK logs whole requests at INFO, including bodies and phone numbers.
    logging.getLogger("twilio").setLevel(logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def _start_reporting(sentry_dsn: str) -> tuple[structlog.typing.Processor, ...]:
    from coach.operations.error_reports import report_errors, reporting  # noqa: PLC0415  (slow to import, and rarely used)

    report_errors(sentry_dsn)
    return (reporting,)

"""Log lines: readable in a terminal, JSON for machines. Ids only, never a number, a name or a text."""

import logging
import sys

import structlog

from coach.error_reports import report_errors, reporting

SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logs(log_format: str, sentry_dsn: str = "") -> None:
    """Send every line, ours and the libraries', to standard error, and errors to Sentry where there is one."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    reports: tuple[structlog.typing.Processor, ...] = (reporting,) if sentry_dsn else ()
    told: tuple[structlog.typing.Processor, ...] = (*reports, structlog.processors.format_exc_info, renderer)
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

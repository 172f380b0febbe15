"""How long webhooks took, over all processes of this machine's web server.

Prometheus' client counts in a process's memory, or in files that all processes of one server share. Under a server with
several processes (`share_counts`) it is the files, in a folder of the server's own process: whichever process is asked
for the metrics answers for all.
"""

import os
import tempfile
import time
from functools import cache
from pathlib import Path

import structlog
from flask import Blueprint, Response, g, request
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics, values
from prometheus_client.multiprocess import MultiProcessCollector

from schedules.database.apart import error_name

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name for it
FILE_SIZE = 1 << 18  # bytes, four times what the library begins with; a few dozen series fill a tenth of it
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 15)  # Twilio hangs up after 15 s

log = structlog.get_logger(__name__)

OF_THIS_PROCESS = CollectorRegistry()
WEBHOOK_SECONDS = Histogram(
    "coach_webhook_seconds",
    "What Twilio waited for, by webhook and status",
    ["webhook", "status"],
    buckets=BUCKETS,
    registry=OF_THIS_PROCESS,
)


def share_counts() -> None:
    """Count in files shared by all processes of this server, from the first count on."""
    own = Path(tempfile.gettempdir()) / f"rls-coach-web-{os.getuid()}-{os.getppid()}"
    folder = Path(os.environ.setdefault(FOLDER, str(own)))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def counted() -> CollectorRegistry:
    """Where to read the counts of all processes."""
    if FOLDER not in os.environ:
        return OF_THIS_PROCESS
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


@cache
def has_room(process_id: int) -> bool:
    """Reserve the disk space for the counts of this process, if they are in a file.

    The library maps the file into memory, and a process that writes to mapped memory on a full disk is killed: after a
    reply was stored, and before it was answered.
    """
    if FOLDER not in os.environ:
        return True
    file = Path(os.environ[FOLDER]) / f"histogram_{process_id}.db"
    if file.exists():
        return True
    try:
        file.write_bytes(bytes(FILE_SIZE))
    except OSError as error:
        log.error("no_room_for_measurements", reason=error_name(error))
        file.unlink(missing_ok=True)
        return False
    return True


def time_webhooks(webhooks: Blueprint) -> None:
    """Measure every request of a blueprint, refused ones included, from where its tracing saw it begin."""

    def end(response: Response) -> Response:
        try:
            if has_room(os.getpid()):
                name = str(request.endpoint).rpartition(".")[2]
                WEBHOOK_SECONDS.labels(name, response.status_code).observe(time.perf_counter() - g.request_begun)
        except Exception as error:  # whatever goes wrong with a measurement, the answer still goes out
            log.warning("webhook_not_measured", reason=error_name(error))
        return response

    disable_created_metrics()  # type: ignore[no-untyped-call]  # when counting began: a second series for each, and nothing reads it
    webhooks.after_request(end)

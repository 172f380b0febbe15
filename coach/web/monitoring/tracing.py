"""A request id in every log line and answer, and one line for each request. Routes and ids only: no path, no form."""

import re
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
QUIET = ("static", "health.healthz")  # asked every few seconds, and of no interest
_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")

log = structlog.get_logger(__name__)


def add_tracing(app: Flask) -> None:
    """Bind the request's id, its proxy's if that gave one, for as long as the request lasts."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _GIVEN.fullmatch(given) else uuid4().hex
        g.request_begun = time.perf_counter()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" not in g:  # refused before the first hook
            return response
        response.headers[HEADER] = g.request_id
        if request.endpoint not in QUIET:
            took = round((time.perf_counter() - g.request_begun) * 1000, 1)
            route = request.url_rule.rule if request.url_rule else None
            log.info("request", method=request.method, route=route, status=response.status_code, ms=took)
        return response

    @app.teardown_request
    def over(_error: BaseException | None) -> None:
        structlog.contextvars.unbind_contextvars("request")

"""Answers as JSON, and refusals as problems of RFC 9457, never as pages."""

from http import HTTPStatus

from flask import Flask, Response, request
from pydantic import Field
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from coach.api.problems import Problem
from coach.api.shapes import Shape
from coach.web.api.routes import Answer, Route
from schedules.database.turns import is_transient

PROBLEM = "application/problem+json"
# What the server refuses by itself, in sentences that say what to do.
SENTENCES = {
    400: "The request is not well-formed, or asks for another host.",
    404: "There is no such address: see /api/v1/openapi.json.",
    405: "This address does not take that method: see /api/v1/openapi.json.",
    413: "The request is too large.",
    500: "Something went wrong on our end. The error has been logged.",
    503: "The database is busy: try again.",
}


class WrongField(Shape):
    """What is wrong with one field, and what to do."""

    field: str
    reason: str


class ProblemShape(Shape):
    """A refusal, as RFC 9457 has it. `errors` names the fields that are wrong, if any are."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[WrongField] = Field(default_factory=list)


def problem_response(problem: Problem) -> Response:
    """Return a refusal as the other system gets it."""
    told = ProblemShape(
        type="about:blank",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        errors=[WrongField(field=one.field, reason=one.reason) for one in problem.errors],
    )
    return Response(told.model_dump_json(), problem.status, problem.headers, content_type=PROBLEM)


def response_of(route: Route, answer: Answer) -> Response:
    """Return an answer as the other system gets it."""
    if answer.body is None:
        return Response("", answer.status, dict(answer.headers))
    text = answer.body.model_dump_json(by_alias=True)
    response = Response(text, answer.status, dict(answer.headers), content_type="application/json")
    if route.etag:
        response.set_etag(answer.body.etag)
        response.make_conditional(request)
    return response


def add_problems(app: Flask) -> None:
    """Whatever goes wrong below this application is told as a problem."""

    @app.errorhandler(Problem)
    def refused(problem: Problem) -> Response:
        return problem_response(problem)

    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> Response:
        status = error.code or 500
        headers = {"Allow": ", ".join(sorted(error.valid_methods or ()))} if isinstance(error, MethodNotAllowed) else {}
        if isinstance(error, InternalServerError) and is_transient(error.original_exception or error):
            status, headers = 503, {"Retry-After": "5"}
        return problem_response(Problem(status, SENTENCES.get(status, error.name + "."), headers=headers))

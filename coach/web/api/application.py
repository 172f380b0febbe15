"""The application behind `/api/v1`: every resource's routes, and their description."""

from functools import cache

from flask import Flask, Response, jsonify

from coach.api.problems import Problem
from coach.web.api.answers import add_problems, response_of
from coach.web.api.decisions import decisions
from coach.web.api.fhir import fhir
from coach.web.api.gate import Gate, gate
from coach.web.api.openapi import describe
from coach.web.api.participants import participants
from coach.web.api.reading import read_request
from coach.web.api.routes import Route
from coach.web.api.summaries import summaries
from coach.web.api.webhooks import webhooks
from coach.web.site import Site

PREFIX = "/api/v1"
LARGEST_BODY = 100_000
RESOURCES = (participants, summaries, decisions, webhooks, fhir)


def make_api(site: Site) -> Flask:
    """The application: it knows no session, so that nothing but a key opens it."""
    app = Flask(__name__, static_folder=None)
    app.extensions["coach"], app.extensions["gate"] = site, Gate()
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY)
    add_problems(app)
    for resource in RESOURCES:
        for route in resource.routes:
            _add_route(app, route)
    app.add_url_rule(f"{PREFIX}/openapi.json", "openapi", _tell, provide_automatic_options=False)
    return app


def _add_route(app: Flask, route: Route) -> None:
    def answer(**path: str) -> Response:
        if route.scope is None:
            return response_of(route, route.view(**read_request(route, path)))
        caller = gate().admit(route, path)
        try:
            response = response_of(route, route.view(caller=caller, **read_request(route, path)))
        except Problem as problem:
            gate().record(caller, route, path, problem.status)
            raise
        gate().record(caller, route, path, response.status_code)
        return response

    rule = PREFIX + route.path.replace("{", "<").replace("}", ">")
    app.add_url_rule(rule, route.name, answer, methods=[route.method], provide_automatic_options=False)


def _tell() -> Response:
    return jsonify(_described())


@cache
def _described() -> dict[str, object]:
    return describe(RESOURCES, PREFIX)

"""The description of `/api/v1` as OpenAPI 3.1, made from the routes and their models."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from importlib.metadata import version
from inspect import getdoc
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from coach.web.api.answers import PROBLEM, ProblemShape
from coach.web.api.routes import Resource, Route

REF = "#/components/schemas/{model}"
ABOUT = (
    "Enroll people, read their nights and weeks, and get events. A key belongs to one clinic and has scopes: "
    "'coach api-keys add' makes one. Whatever is refused is a problem of RFC 9457."
)
HEADERS = {
    "ETag": "The version of this answer, for If-None-Match.",
    "Location": "Where what was made is found.",
    "Retry-After": "After how many seconds to try again.",
    "WWW-Authenticate": "How to send a key.",
}
OF_STATUS = {201: ("Location",), 401: ("WWW-Authenticate",), 429: ("Retry-After",)}


def describe(resources: Sequence[Resource], prefix: str) -> dict[str, object]:
    """Return the whole description."""
    routes = [route for resource in resources for route in resource.routes]
    schemas = _schemas(routes)
    paths: dict[str, dict[str, object]] = {}
    for route in routes:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "RLS Coach", "version": version("rls-coach"), "description": ABOUT},
        "tags": [{"name": one.name, "description": one.description} for one in resources],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key of the clinic."}},
        },
    }


def problems_of(route: Route) -> list[int]:
    """The statuses of every refusal of a route: those that follow from what it takes, and its own."""
    found = {400, 429, *route.problems} if route.scope else {400, *route.problems}
    if route.scope:
        found |= {401, 403}
    if route.in_path:
        found.add(404)
    if {"query", "headers", "body"} & set(route.takes):
        found.add(422)
    if "body" in route.takes:
        found |= {413, 415}
    return sorted(found)


def _schemas(routes: Iterable[Route]) -> Any:
    taken = {route.takes["body"] for route in routes if "body" in route.takes}
    told = {shape for route in routes for shape in route.answers.values() if shape} | {ProblemShape}
    inputs = sorted(((one, "validation") for one in taken), key=lambda one: one[0].__name__)
    outputs = sorted(((one, "serialization") for one in told), key=lambda one: one[0].__name__)
    _, schemas = models_json_schema([*inputs, *outputs], ref_template=REF, schema_generator=GenerateJsonSchema)  # type: ignore[list-item]
    return schemas


def _operation(route: Route) -> dict[str, object]:
    summary, _, more = (getdoc(route.view) or "").partition("\n\n")
    operation: dict[str, object] = {
        "operationId": route.name,
        "tags": [route.resource],
        "summary": " ".join(summary.split()),
        "parameters": [*_in_path(route), *_parameters(route, "query"), *_parameters(route, "headers")],
        "responses": {**_answers(route), **{str(status): _problem(status) for status in problems_of(route)}},
        "security": [{"key": [route.scope]}] if route.scope else [],
    }
    if more:
        operation["description"] = " ".join(more.split())
    if body := route.model("body"):
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    return operation


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}


def _in_path(route: Route) -> list[dict[str, object]]:
    schemas = {name: TypeAdapter(hint).json_schema() for name, hint in route.in_path.items()}
    return [_parameter(name, "path", schema, required=True) for name, schema in schemas.items()]


def _parameters(route: Route, what: str) -> list[dict[str, object]]:
    model = route.model(what)
    if model is None:
        return []
    schema = model.model_json_schema()
    needed = schema.get("required", ())
    where = "query" if what == "query" else "header"
    return [_parameter(name, where, of, required=name in needed) for name, of in schema["properties"].items()]


def _parameter(name: str, where: str, schema: dict[str, Any], *, required: bool) -> dict[str, object]:
    kept = {key: value for key, value in schema.items() if key not in ("title", "description", "default")}
    kept |= {"default": schema["default"]} if schema.get("default") is not None else {}
    if "anyOf" in kept:  # what may be left out is not sent as null
        [only] = [one for one in kept.pop("anyOf") if one != {"type": "null"}]
        kept |= only
    parameter = {"name": name, "in": where, "required": required, "schema": kept}
    return parameter | ({"description": schema["description"]} if "description" in schema else {})


def _answers(route: Route) -> dict[str, object]:
    told: dict[str, object] = {}
    for status, shape in route.answers.items():
        names = [*OF_STATUS.get(status, ()), *(["ETag"] if route.etag else [])]
        content = {"content": {"application/json": {"schema": _ref(shape)}}} if shape else {}
        told[str(status)] = {"description": HTTPStatus(status).phrase, **_headers(names), **content}
    if route.etag:
        told["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase, **_headers(["ETag"])}
    return told


def _problem(status: int) -> dict[str, object]:
    content = {PROBLEM: {"schema": _ref(ProblemShape)}}
    return {"description": HTTPStatus(status).phrase, **_headers(OF_STATUS.get(status, ())), "content": content}


def _headers(names: Iterable[str]) -> dict[str, object]:
    told = {name: {"description": HEADERS[name], "schema": {"type": "string"}} for name in names}
    return {"headers": told} if told else {}

"""Read what a request has by what its route takes. What cannot be accepted is refused, field by field."""

from collections.abc import Mapping
from typing import Any

from flask import request
from pydantic import BaseModel, TypeAdapter, ValidationError

from coach.api.problems import FieldError, Problem
from coach.web.api.routes import Route

JSON = "application/json"
WORDS = {
    "string_pattern_mismatch": "this is empty or not in the form that /api/v1/openapi.json describes",
    "string_too_short": "this is empty: write something, or leave it out",
    "missing": "this is missing: every request needs it",
    "extra_forbidden": "there is no such field: leave it out or check its name",
    "json_invalid": "this is not JSON: check it, and send it as UTF-8",
    "model_type": "this must be a JSON object: {…}",
    "model_attributes_type": "this must be a JSON object: {…}",
}


def read_request(route: Route, path: Mapping[str, str]) -> dict[str, object]:
    """Return what the route's function takes, besides the caller. Raises Problem."""
    given: dict[str, object] = {name: _read_part(name, hint, path[name]) for name, hint in route.in_path.items()}
    if query := route.model("query"):
        given["query"] = _read_query(query)
    if headers := route.model("headers"):
        given["headers"] = _read_headers(headers)
    if body := route.model("body"):
        given["body"] = _read_body(body)
    return given


def _read_part(name: str, hint: Any, text: str) -> object:
    try:
        return TypeAdapter(hint).validate_python(text)
    except ValidationError as error:
        raise Problem(
            404, f"There is no {name} '{text[:20]}': {_field_error(error.errors()[0], name).reason}."
        ) from None


def _read_query(model: type[BaseModel]) -> BaseModel:
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise Problem(422, f"{twice[0]}: it is given twice", [FieldError(twice[0], "it is given twice: keep one")])
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise refused(error) from None


def _read_headers(model: type[BaseModel]) -> BaseModel:
    names = [field.alias or name for name, field in model.model_fields.items()]
    try:
        return model.model_validate({name: request.headers[name] for name in names if name in request.headers})
    except ValidationError as error:
        raise refused(error) from None


def _read_body(model: type[BaseModel]) -> BaseModel:
    if request.mimetype != JSON:
        raise Problem(415, f"Send the body as {JSON}.")
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        raise refused(error, "body") from None


def refused(error: ValidationError, whole: str = "request") -> Problem:
    """Return what pydantic refuses as a problem. `whole` names what has no fields."""
    errors = [_field_error(one, whole) for one in error.errors(include_url=False, include_input=False)]
    return Problem(422, "; ".join(f"{one.field}: {one.reason}" for one in errors[:5]), errors)


def _field_error(one: Any, whole: str) -> FieldError:
    field = str(one["loc"][0]) if one["loc"] else whole
    reason = WORDS.get(one["type"]) or str(one["msg"]).removeprefix("Value error, ")
    return FieldError(field[:100], reason[:1].lower() + reason[1:])

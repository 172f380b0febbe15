"""Why a request is refused: what `/api/v1` tells as a problem of RFC 9457. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request, and what to do."""

    field: str
    reason: str


class Problem(Exception):  # noqa: N818  (the word of the RFC)
    """A refusal: the status, a sentence that says what to do, and the fields that are wrong."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, tuple(errors), dict(headers or {})


def wrong_field(field: str, reason: str) -> Problem:
    """A request of which one field cannot be accepted."""
    return Problem(422, f"{field}: {reason}", [FieldError(field, reason)])


def no_such(what: str, id: object) -> Problem:
    """An unknown id, or another clinic's, which must look the same."""
    return Problem(404, f"There is no {what} {id} in your clinic.")

"""How a resource declares its routes. What a function takes is what a request must have.

    webhooks = Resource("webhooks", "Signed events to other systems.")

    @webhooks.post("/webhooks", scope="events", answers={201: NewWebhook})
    def add(caller: Caller, body: WebhookRequest) -> Answer:
        '''Send events to an address.'''

A function's parameters are `caller`, `query` and `headers` (`coach.api.shapes.Parameters`), `body` (`Body`), and those
of its path. An answer is a `Shape`, a refusal a `coach.api.problems.Problem`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, Field

from coach.api.shapes import Shape
from coach.web.url_numbers import LARGEST

Id = Annotated[int, Field(ge=1, le=LARGEST, description="Its id.")]
TAKEN = ("caller", "query", "headers", "body", "return")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answers. `body` is None only with status 204."""

    body: Shape | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


View = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path: who may call it, what it takes, and what it may answer.

    `scope` is None for what needs no key. `answers` are the shapes by status (None without a body), `problems` the
    statuses of refusals besides those that follow from what it takes. `etag`: the answer has one, and a repeat whose
    `If-None-Match` names it is 304.
    """

    method: str
    path: str
    resource: str
    scope: str | None
    view: View
    takes: Mapping[str, Any]
    answers: Mapping[int, type[BaseModel] | None]
    problems: tuple[int, ...] = ()
    etag: bool = False

    @property
    def name(self) -> str:
        """Its name, which is unique."""
        return f"{self.resource}.{self.view.__name__}"

    @property
    def in_path(self) -> Mapping[str, Any]:
        """The types of the path's parameters."""
        return {name: hint for name, hint in self.takes.items() if name not in TAKEN}

    def model(self, what: str) -> type[BaseModel] | None:
        """The model of its `query`, `headers` or `body`, if it takes one."""
        return self.takes.get(what)


class Resource:
    """A group of routes, one module each."""

    def __init__(self, name: str, description: str) -> None:
        self.name, self.description = name, description
        self.routes: list[Route] = []

    def get(self, path: str, **given: Any) -> Callable[[View], View]:
        """Declare what GET answers. See `Route` for what is given."""
        return self._declare("GET", path, **given)

    def post(self, path: str, **given: Any) -> Callable[[View], View]:
        """Declare what POST does."""
        return self._declare("POST", path, **given)

    def patch(self, path: str, **given: Any) -> Callable[[View], View]:
        """Declare what PATCH changes."""
        return self._declare("PATCH", path, **given)

    def delete(self, path: str, **given: Any) -> Callable[[View], View]:
        """Declare what DELETE removes."""
        return self._declare("DELETE", path, **given)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        scope: str | None,
        answers: Mapping[int, type[BaseModel] | None],
        problems: Iterable[int] = (),
        etag: bool = False,
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            takes = get_type_hints(view, include_extras=True)
            route = Route(method, path, self.name, scope, view, takes, answers, tuple(problems), etag)
            self.routes.append(route)
            return view

        return declare

"""The stand-in as one object: starts the server in a thread and offers everything that a test drives it with."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .api import Api
from .callbacks import Plan, Posted
from .connection import Answer, Connection, Request
from .control import Control
from .inbound import Inbound, TextAnswer
from .messages import Accepted
from .posting import is_loopback
from .state import Rule, State, as_json

_BACKLOG = 1024


@dataclass(kw_only=True, eq=False, repr=False)
class StandIn(State):
    """`with StandIn(callbacks="immediate", …) as standin: … standin.url`. On this machine only.

    It starts once; `refusing_connections` is for a provider that goes away and comes back.
    """

    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_loopback(self.host):
            raise ValueError(f"The stand-in listens on this machine only, not on {self.host}.")
        self._inbound = Inbound(self)
        self._api, self._control = Api(self), Control(self)
        self._open: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._thread: threading.Thread | None = None

    # Life

    def start(self) -> "StandIn":
        self._loop = asyncio.new_event_loop()
        self.later = self._loop.call_later
        # Bound but never listening: it keeps the port while connections are refused.
        try:
            self._holder = self._bind(self.port)
        except OSError:
            self._loop.close()
            raise
        self.port = self._holder.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="twilio-standin", daemon=True)
        self._thread.start()
        self._in_loop(self._listen)
        return self

    def stop(self) -> None:
        if self._thread is None:
            return
        self._in_loop(self._hang_up)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._thread = None
        # After the loop, which would otherwise still hand it delayed callbacks.
        self.story.stop()
        self._holder.close()
        self.close_record()

    def __enter__(self) -> "StandIn":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @contextmanager
    def refusing_connections(self) -> Iterator[None]:
        """The port refuses every connection meanwhile, and the open ones are closed."""
        self._in_loop(self._hang_up)
        try:
            yield
        finally:
            self._in_loop(self._listen)

    # What was accepted

    @property
    def accepted(self) -> list[Accepted]:
        """Every text that a create request was accepted for, in order: the oracle."""
        return self.messages.all("outbound-api")

    def accepted_to(self, number: str) -> list[Accepted]:
        return [one for one in self.messages.to(number) if one.direction == "outbound-api"]

    @property
    def replies(self) -> list[Accepted]:
        """The texts that the app answered inbound texts with, as TwiML."""
        return self.messages.all("outbound-reply")

    # What goes wrong

    def refuse(
        self,
        number: str,
        code: int = 21610,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        times: int | None = None,
    ) -> None:
        """Creates to this number (`*`: to any) are refused with this code, always or so many times."""
        self.rules[number] = Rule(code, status, retry_after, times)

    def allow(self, number: str) -> None:
        """End `refuse` and `fail_delivery` for this number."""
        self.rules.pop(number, None)
        self.story.failures.pop(number, None)

    def fail_delivery(self, number: str, code: int = 30003, *, status: str | None = None) -> None:
        """Texts to this number (`*`: to any) are accepted, and fail by receipt with this code."""
        self.story.fail(number, code, status)

    # Webhooks

    def deliver_callbacks(self, sids: list[str] | None = None, *, until: str | None = None) -> list[Posted]:
        """Post the pending callbacks (of these texts, up to that status) in this thread; they move the texts on."""
        return self.story.deliver(sids, until)

    def wait_for_callbacks(self, timeout: float = 10) -> None:
        """Until everything that `immediate` or `delayed` has under way was posted."""
        if not self.story.wait(timeout):
            raise TimeoutError(f"Not all status callbacks were posted within {timeout:g} s.")

    @property
    def posted(self) -> list[Posted]:
        """Every status callback that went out, in order."""
        return self.story.posted

    def plan_callbacks(self, words: str) -> None:
        """Change how callbacks are posted, e.g. `immediate+doubled=0.2`; see Plan."""
        self.story.plan = Plan.read(words)

    def text(
        self,
        from_number: str,
        body: str,
        *,
        to: str | None = None,
        url: str | None = None,
        again: str | None = None,
        sign: bool = True,
        tamper: bool = False,
        **extra: str,
    ) -> TextAnswer:
        """Post one inbound text; `again=sid` repeats an earlier one; `extra` adds or replaces form fields."""
        return self._inbound.text(from_number, body, to, url, again, sign, tamper, extra)

    def reset(self) -> None:
        """Forget all that happened, the rules and the faults; the settings stay as they are."""
        self.forget()
        self._inbound.forget()

    def describe(self) -> dict[str, Any]:
        """What the control side shows first."""
        return {
            "url": self.url,
            "accepted": len(self.accepted),
            "violations": len(self.violations),
            "callbacks_posted": len(self.posted),
            "faults_happened": dict(self.faults.happened),
        }

    def record_of(self, to: str | None = None) -> list[dict[str, object]]:
        return [as_json(one) for one in (self.accepted_to(to) if to else self.accepted)]

    # Server

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith("/_standin/"):
            return self._control.answer(request)
        return self._api.answer(request)

    def _bind(self, port: int) -> socket.socket:
        bound = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((self.host, port))
        except OSError:
            bound.close()
            raise
        return bound

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _in_loop(self, work: Callable[[], Any]) -> None:
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            lambda: Connection(self._answer, self._open), sock=self._bind(self.port), backlog=_BACKLOG
        )

    async def _hang_up(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._open):
            connection.close()
        # One turn of the loop, so that the closed sockets are really gone.
        await asyncio.sleep(0)

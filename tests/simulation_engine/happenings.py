"""Apply the events of a plan to a world: one method per kind."""

from functools import partial
from random import Random
from typing import Any

from tests.simulation_engine.door import Weather
from tests.simulation_engine.edits import make_edit
from tests.simulation_engine.model import BELIEVED
from tests.simulation_engine.plan import Event
from tests.simulation_engine.stage import Process

READ_AGAIN_WITHIN = 300.0


class Happenings:
    """The part of a world that is done to it."""

    plan: Any
    stage: Any
    model: Any
    door: Any
    provider: Any
    phones: Any
    machines: Any
    workers: Any
    webs: Any
    kills: int
    say: Any
    troubled: Any
    start_worker: Any
    start_web: Any

    def happens(self, event: Event) -> None:
        self.say(f"event {event}")
        getattr(self, f"_{event.kind}")(event)

    def _kill(self, event: Event) -> None:
        web = event.who < 0
        place = -1 - event.who if web else event.who
        process = (self.webs if web else self.workers)[place]
        if process is None or not process.alive:
            return
        process.dies_at = event.what
        self.troubled(event.lasts + 300)
        self.stage.at(self.stage.now + event.lasts, lambda: self._restart(process, place, web=web), stirs=True)

    def _restart(self, process: Process, place: int, *, web: bool) -> None:
        """The supervisor's turn: by now it dies in any case, and another takes its place."""
        if process.alive:
            self.stage.kill(process)
        self.kills += 1
        (self.start_web if web else self.start_worker)(place)

    def _suspend(self, event: Event) -> None:
        """At once, or as soon as it has claimed a text."""
        machine = self.machines[event.who]
        if event.what == "claimed":
            machine.dozes_for = event.lasts
        else:
            self.stage.suspend(machine, event.lasts)

    def _clock(self, event: Event) -> None:
        self.machines[event.who].wrong_by = event.lasts
        self.model.may_differ = max(self.model.may_differ, 1.0)
        if abs(event.lasts) > BELIEVED:
            self.troubled(1800)
        else:
            self.model.ahead = max(self.model.ahead, event.lasts)

    def _door(self, event: Event) -> None:
        drawn = Random(f"{self.plan.seed}:door:{event.key}:{event.at}")
        chance = 1.0 if event.what in ("down", "full") else 0.15
        self.door.weather.append(Weather((event.what,), self.stage.now + event.lasts, chance, drawn))
        self.troubled(event.lasts + READ_AGAIN_WITHIN)
        self.stage.at(self.stage.now + event.lasts, lambda: None, stirs=True)

    def _arm(self, event: Event) -> None:
        who = Random(f"{self.plan.seed}:arm:{event.key}:{event.at}").choice(("worker", "web", "inbound", "inbound"))
        self.door.armed.append((who, event.what))
        self.troubled(READ_AGAIN_WITHIN)

    def _provider(self, event: Event) -> None:
        self.provider.bad.append((event.what, self.stage.now + event.lasts))
        self.troubled(event.lasts + 420)
        self.stage.at(self.stage.now + event.lasts, lambda: None, stirs=True)

    def _say(self, event: Event) -> None:
        self.phones.write(f"+1415555{event.who:04d}", event.what, f"{event.kind}{event.key}{event.at}")

    def _ambush(self, event: Event) -> None:
        """Whoever of them is texted next writes while their text waits to leave."""
        write = partial(self.phones.write, f"+1415555{event.who:04d}", event.what, f"ambush{event.key}{event.at}")
        self.stage.ambushes.append((write, self.stage.now + 120))

    def _edit(self, event: Event) -> None:
        make_edit(self, event)

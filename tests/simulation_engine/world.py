"""One world: an installation, its machines, a provider and phones, run under a plan. See the package docstring."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from math import inf
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from coach.database.schema import load_keys
from coach.jobs import recurring_jobs
from coach.runtime import Runtime, signature_check_from
from coach.web.app import webhook_app
from coach.web.site import Site
from content.catalogue import Catalogue
from tests.simulation_engine import standins
from tests.simulation_engine.door import DOOR, Door
from tests.simulation_engine.edits import enrol_all
from tests.simulation_engine.happenings import READ_AGAIN_WITHIN, Happenings
from tests.simulation_engine.judging import judge
from tests.simulation_engine.model import Broken, Model
from tests.simulation_engine.people import Person
from tests.simulation_engine.phones import Phones
from tests.simulation_engine.plan import DAY, Plan
from tests.simulation_engine.provider import Provider
from tests.simulation_engine.quiet import Quiet
from tests.simulation_engine.stage import Machine, Process, Stage
from tests.simulation_engine.waiting import STAGE
from tests.simulation_engine.witness import Witness
from tests.support import settings_for

# After the last event the world goes on in peace, for another evening of everybody.
PEACE = 0.9 * DAY
LOOK_EVERY = 1800.0
# Not part of it: statistics that take a second and bear on no text.
LEFT_OUT = ("effects", "forecast")
ESSENTIAL = ("page", "unapplied", "plan", "send", "reconcile")
STARVED_AFTER = 60.0
TWILIO = {
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": "t" * 32,
    "twilio_messaging_service_sid": "MG" + "0" * 32,
}


@dataclass
class Report:
    """What a run came to. `trace` is a digest of all that was asked of the provider and answered by the engine."""

    plan: Plan
    broken: list[Broken]
    trace: str
    texts: int
    replies: int
    kills: int
    struck: int
    steps: int
    must: int = 0

    @property
    def rules(self) -> list[str]:
        return sorted({one.rule for one in self.broken})


@dataclass
class World(Happenings):
    """Everything alive in one run."""

    plan: Plan
    engine: Engine
    catalogue: Catalogue
    stage: Stage = field(default_factory=Stage)
    model: Model = field(default_factory=Model)
    door: Door = field(default_factory=Door)
    machines: list[Machine] = field(default_factory=list)
    workers: list[Process | None] = field(default_factory=list)
    webs: list[Process | None] = field(default_factory=list)
    kills: int = 0
    lives: int = 0
    checked: int = 0
    last_look_at: float = inf
    _trace: Any = field(default_factory=sha256)
    runtime: Runtime = field(init=False)
    provider: Provider = field(init=False)
    phones: Phones = field(init=False)
    hooks: Flask = field(init=False)

    def __post_init__(self) -> None:
        plan, stage = self.plan, self.stage
        url = self.engine.url.render_as_string(hide_password=False)
        settings = settings_for(
            url,
            **TWILIO,
            sms_concurrency=plan.at_once,
            sms_per_second=plan.rate,
            twilio_opt_out_mode=plan.opt_out_mode,
        )
        self.provider = Provider(
            stage,
            plan.seed,
            plan.features,
            Witness(self),
            self.post,
            lambda taken: self.phones.arrives(taken),  # noqa: PLW0108  (they come after)
            trouble=self.troubled,
        )
        self.runtime = Runtime(settings, self.engine, self.catalogue, load_keys(self.engine), self.provider, stage.wall)
        self.check = signature_check_from(settings)
        self.hooks = webhook_app(Site(self.runtime, self.check))
        self.phones = Phones(self)
        self.stage.pulses = self._starves
        self.stage.quiet = Quiet(self).for_process
        self.stage.sleeps = lambda seconds: self.troubled(seconds + 600)
        self.door.trouble = lambda: self.troubled(READ_AGAIN_WITHIN)

    # Living.

    def live(self) -> Report:
        """From the first day until everything is quiet; then it is judged."""
        plan, stage = self.plan, self.stage
        stage.at(0.0, lambda: None, stirs=True)
        enrol_all(self)
        self.machines = [Machine(f"m{number}") for number in range(plan.workers)]
        self.workers, self.webs = [None] * plan.workers, [None] * plan.webs
        for number in range(plan.workers):
            self.start_worker(number)
        for number in range(plan.webs):
            self.start_web(number)
        for event in plan.events:
            stage.at(event.at, partial(self.happens, event), stirs=True)
        end = plan.days * DAY
        while stage.now < end:
            self._for_a_while(end)
        self.make_peace()
        self.last_look_at = end + PEACE - 1200
        stage.at(self.last_look_at, lambda: None, stirs=True)
        while stage.now < end + PEACE:
            self._for_a_while(end + PEACE)
        judge(self)
        return Report(
            plan,
            self.model.broken,
            self._trace.hexdigest(),
            len(self.provider.taken),
            len(self.phones.acknowledged),
            self.kills,
            self.door.struck,
            stage.steps,
            self.checked,
        )

    def _for_a_while(self, end: float) -> None:
        for person in self.model.people:
            self._mark_evening(person)
        self.stage.run(min(end, self.stage.now + LOOK_EVERY))
        for person, on, came in self.model.must_have_come(self.stage.now):
            self.checked += 1
            if not came:
                self.model.breaks("none", self.stage.now, f"{person.phone} on {on}")

    def _mark_evening(self, person: Person) -> None:
        """Their evening is going to happen: nobody slackens across it."""
        on = person.local(self.stage.now).date()
        window = person.window(on, self.model.hours[person.clinic])
        if window is None or window[0] < self.stage.now:
            return
        for at in (window[0] + 1, window[0] + 2400):
            about = round(at / 900)  # those that fall together are one
            if about not in self.phones.evenings:
                self.phones.evenings.add(about)
                self.stage.at(at, lambda: None, stirs=True)

    def make_peace(self) -> None:
        """Nothing fails any more: clocks are right, everybody lives, the database and the provider answer."""
        self.door.weather.clear()
        self.door.armed.clear()
        self.provider.bad.clear()
        for machine in self.machines:
            machine.wrong_by = machine.drift = machine.dozes_for = 0.0
        for process in (*self.workers, *self.webs):
            if process is not None:
                process.dies_at = ""

    @contextmanager
    def outside(self) -> Iterator[Any]:
        """A look into the tables from outside, past every door."""
        DOOR.append(Door())
        stage = STAGE.pop()
        try:
            with self.engine.connect().execution_options(reads_only=True) as connection:
                yield connection
        finally:
            STAGE.append(stage)
            DOOR.pop()

    def say(self, what: str) -> None:
        """One line of the trace."""
        self._trace.update(f"{self.stage.now:.6f} {what}\n".encode())

    def troubled(self, seconds: float) -> None:
        """Something fails from now on for so long."""
        self.model.trouble.append((self.stage.now, self.stage.now + seconds))

    # Processes.

    def start_worker(self, number: int) -> None:
        process = self._start(f"worker-{number}", self.machines[number])
        self.workers[number] = process
        self.stage.spawn(process, lambda: self._work(process))

    def start_web(self, number: int) -> None:
        self.webs[number] = self._start(f"web-{number}", Machine(f"web{number}"))

    def _start(self, name: str, machine: Machine) -> Process:
        self.lives += 1
        return Process(f"{name}.{self.lives}", machine, Random(f"{self.plan.seed}:{name}:{self.lives}"))

    def _work(self, process: Process) -> None:
        """What `coach worker` does, with its own scheduler."""
        from schedules.worker.clock import run_forever  # noqa: PLC0415  (as it is while the stand-ins are in)

        with self.runtime.dispatcher() as opened:
            postgresql = self.engine.dialect.name == "postgresql"
            clocks = standins.clocks(self.stage, process.machine, self.provider, database=postgresql)
            dispatcher = standins.with_standins(replace(standins.named(opened, process.name), witnesses=clocks))
            jobs = [one for one in recurring_jobs(self.runtime, dispatcher) if one.name not in LEFT_OUT]
            run_forever([self._watched(process, job) for job in jobs], dispatcher.stopping)

    def _watched(self, process: Process, job: Any) -> Any:
        """The job, which tells when it ran: none may starve while others have their turn."""
        process.ran_at[job.name] = process.lived

        def run() -> Any:
            process.ran_at[job.name] = process.lived
            done = job.run()
            process.settled |= job.name == "plan"
            if any(done.values()):  # more may follow from it
                self.stage.happened_at = max(self.stage.happened_at, self.stage.now - 2.0)
            return done

        # What bears on no text runs seldom: most of a quiet evening's time would be theirs.
        return replace(job, run=run, seconds=job.seconds if job.name in ESSENTIAL else max(6 * 3600, job.seconds))

    def _starves(self, process: Process) -> None:
        for name, at in process.ran_at.items():
            if name in ESSENTIAL and process.lived - at > STARVED_AFTER:
                process.ran_at[name] = process.lived
                self.model.breaks("starved", self.stage.now, f"{name} of {process.name}")

    # The web.

    def post(self, path: str, form: dict[str, str], done: Callable[[int | None, str], None]) -> None:
        """A request to one of the web processes; `done` hears status and words, or None if nothing came back."""
        alive = [one for one in self.webs if one is not None and one.alive]
        if not alive:
            done(None, "")
            return
        place = Random(f"{self.plan.seed}:{path}:{sorted(form.items())}").randrange(len(alive))
        process = alive[place]
        assert self.check is not None
        signed = {"X-Twilio-Signature": self.check.sign(path, form)}
        heard: list[bool] = []

        def request() -> None:
            answer = self.hooks.test_client().post(path, data=form, headers=signed)
            self.stage.step("answered")
            heard.append(True)
            self.say(
                f"web {path[:12]} {sorted(form.items())} {answer.status_code} {answer.get_data(as_text=True)[:80]}"
            )
            done(answer.status_code, answer.get_data(as_text=True))

        self.stage.spawn(process, request).errand += path
        self.stage.at(self.stage.now + 15.0, lambda: None if heard else done(None, ""))

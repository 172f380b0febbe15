"""One world: an installation, its machines, a provider and phones, lived through under a plan. See the package."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import Engine, text

from coach.database import load_keys
from coach.runtime import Runtime, signature_check_from
from coach.web.app import webhook_app
from coach.web.site import Site
from content.catalogue import Catalogue
from tests.simulation_engine import standins
from tests.simulation_engine.door import DOOR, Door, Weather
from tests.simulation_engine.edits import enrol_all, make_edit
from tests.simulation_engine.judging import judge
from tests.simulation_engine.model import Broken, Model, Person
from tests.simulation_engine.phones import COACH_PHONE, Phones
from tests.simulation_engine.plan import DAY, Event, Plan
from tests.simulation_engine.provider import Provider
from tests.simulation_engine.stage import KilledError, Machine, Process, Stage
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
    """What a run came to. `trace` is a digest of everything that was asked of the provider and answered by the engine."""

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
class World:
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
    kinds: dict[str, tuple[str, int | None]] = field(default_factory=dict)
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
            stage, plan.seed, plan.features, self, self.post, lambda taken: self.phones.arrives(taken), trouble=self.troubled
        )
        self.runtime = Runtime(settings, self.engine, self.catalogue, load_keys(self.engine), self.provider, stage.wall)
        self.check = signature_check_from(settings)
        self.hooks = webhook_app(Site(self.runtime, self.check))
        self.phones = Phones(self)
        self.stage.pulses = self._starves
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
            stage.at(event.at, lambda event=event: self.happens(event), stirs=True)
        end = plan.days * DAY
        while stage.now < end:
            self._for_a_while(end)
        self.make_peace()
        stage.at(end + PEACE - 1200, lambda: None, stirs=True)
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
            about = round(at / 300)  # those that fall together are one
            if about not in self.phones.evenings:
                self.phones.evenings.add(about)
                self.stage.at(at, lambda: None, stirs=True)

    def make_peace(self) -> None:
        """Nothing fails any more: clocks are right, everybody lives, the database and the provider answer."""
        self.door.weather.clear()
        self.door.armed.clear()
        self.provider.bad.clear()
        for machine in self.machines:
            machine.wrong_by = machine.drift = 0.0
        for process in (*self.workers, *self.webs):
            if process is not None:
                process.dies_at = ""

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
        from schedules.clock import run_for_ever  # noqa: PLC0415  (as it is while the stand-ins are in)

        with self.runtime.dispatcher() as opened:
            dispatcher = standins.with_standins(standins.named(opened, process.name))
            jobs = [one for one in self.runtime.jobs(dispatcher) if one.name not in LEFT_OUT]
            run_for_ever([self._watched(process, job) for job in jobs], dispatcher.stopping)

    def _watched(self, process: Process, job: Any) -> Any:
        """The job, which tells when it ran: none may starve while others have their turn."""
        process.ran_at[job.name] = process.lived

        def run() -> Any:
            process.ran_at[job.name] = process.lived
            return job.run()

        # What bears on no text runs seldom: most of a quiet evening's time would be theirs.
        return replace(job, run=run, seconds=job.seconds if job.name in ESSENTIAL else max(3600, job.seconds))

    def _starves(self, process: Process) -> None:
        for name, at in process.ran_at.items():
            if name in ESSENTIAL and process.lived - at > STARVED_AFTER:
                process.ran_at[name] = process.lived
                self.model.breaks("starved", self.stage.now, f"{name} of {process.name}")

    # What happens to it.

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
        machine = self.machines[event.who]
        if machine.asleep_until > self.stage.now:
            return
        machine.asleep_until = self.stage.now + event.lasts
        self.troubled(event.lasts + 300)

        def woken() -> None:
            machine.slept += event.lasts

        self.stage.at(machine.asleep_until, woken, stirs=True)

    def _clock(self, event: Event) -> None:
        self.machines[event.who].wrong_by = event.lasts
        self.model.may_differ = max(self.model.may_differ, 1.0)
        if abs(event.lasts) > 120:
            self.troubled(1800)

    def _door(self, event: Event) -> None:
        drawn = Random(f"{self.plan.seed}:door:{event.key}:{event.at}")
        chance = 1.0 if event.what in ("down", "full") else 0.15
        self.door.weather.append(Weather((event.what,), self.stage.now + event.lasts, chance, drawn))
        self.troubled(event.lasts + READ_AGAIN_WITHIN)
        self.stage.at(self.stage.now + event.lasts, lambda: None, stirs=True)

    def _arm(self, event: Event) -> None:
        who = Random(f"{self.plan.seed}:arm:{event.key}:{event.at}").choice(("worker", "web"))
        self.door.armed.append((who, event.what))
        self.troubled(READ_AGAIN_WITHIN)

    def _provider(self, event: Event) -> None:
        self.provider.bad.append((event.what, self.stage.now + event.lasts))
        self.troubled(event.lasts + 420)
        self.stage.at(self.stage.now + event.lasts, lambda: None, stirs=True)

    def _say(self, event: Event) -> None:
        self.phones.write(f"+1415555{event.who:04d}", event.what, f"{event.kind}{event.key}{event.at}")

    def _edit(self, event: Event) -> None:
        make_edit(self, event)

    # The web.

    def post(self, path: str, form: dict[str, str], done: Callable[[int | None, str], None]) -> None:
        """A request to one of the web processes; `done` hears the status and the words, or None if nothing came back."""
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
            try:
                answer = self.hooks.test_client().post(path, data=form, headers=signed)
            except KilledError:
                raise
            self.stage.step("answered")
            heard.append(True)
            self.say(f"web {path[:12]} {sorted(form.items())} {answer.status_code} {answer.get_data(as_text=True)[:80]}")
            done(answer.status_code, answer.get_data(as_text=True))

        self.stage.spawn(process, request)
        self.stage.at(self.stage.now + 15.0, lambda: None if heard else done(None, ""))

    # What the provider tells of: see `provider.Provider.told`.

    def kind_of(self, token: str) -> tuple[str, int | None]:
        """The kind of a text and its enrolment, by the token that it carries."""
        if token not in self.kinds:
            with self.outside() as connection:
                query = text("SELECT kind, enrolment_id FROM outbox_message WHERE token = :token")
                row = connection.execute(query, {"token": token}).first()
            if row is None:
                return ("answer", None)
            self.kinds[token] = (row[0], row[1])
        return self.kinds[token]

    @contextmanager
    def outside(self) -> Iterator[Any]:
        """A look into the tables from outside, past every door."""
        DOOR.append(Door())
        strand, mine = standins.STAGE.pop(), True
        try:
            with self.engine.connect().execution_options(reads_only=True) as connection:
                yield connection
        finally:
            assert mine
            standins.STAGE.append(strand)
            DOOR.pop()

    def person_of(self, phone: str, token: str) -> Person | None:
        """Whose text it is, of those who share the phone."""
        found = self.model.having(phone)
        if len(found) < 2:
            return found[0] if found else None
        _, enrolment = self.kind_of(token)
        return next((one for one in found if one.id == enrolment), None)

    def asked(self, text: Any, at: float, wrong_by: float) -> None:
        kind, _ = self.kind_of(text.token)
        self.say(f"asked {kind} {text.to}")
        person = self.person_of(text.to, text.token)
        if person is not None:
            self.model.asked(person, kind, at, wrong_by)
        elif text.to.startswith("+1415555") and text.to != COACH_PHONE and kind == "nudge":
            self.model.breaks("texted nobody of ours", at, text.to)

    def answered(self, text: Any, outcome: Any, at: float) -> None:
        self.say(f"answered {text.to} {type(outcome).__name__}")
        sid = getattr(outcome, "sid", None)
        person = self.person_of(text.to, text.token)
        if person is not None and type(outcome).__name__ == "Refused" and outcome.code != 20003:
            person.unreachable = True
        if sid and person is not None:
            self.model.heard(person, sid, "queued", at)

    def taken(self, taken: Any) -> None:
        kind, _ = self.kind_of(taken.token)
        self.say(f"taken {kind} {taken.to}")
        person = self.person_of(taken.to, taken.token)
        if person is not None:
            self.model.taken(person, kind, taken.sid, taken.body, taken.at)

    def heard(self, taken: Any, status: str) -> None:
        for person in self.model.having(taken.to):
            self.model.heard(person, taken.sid, status, self.stage.now)


READ_AGAIN_WITHIN = 300.0


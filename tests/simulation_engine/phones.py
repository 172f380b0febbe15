"""Simulated phones: they receive texts, answer them, and write on their own."""

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any
from xml.etree import ElementTree

from tests.simulation_engine.people import ASKS_STEP
from tests.simulation_engine.provider import Taken

COACH_PHONE, OTHER_COACH_PHONE = "+14155559999", "+14155559998"
COACHES = (COACH_PHONE, OTHER_COACH_PHONE)
URGENT = ("I want to kill myself",)
CODE = re.compile(r"reply (\d{6})")
PARTICIPANT = re.compile(r"participant (\d+)")
# A text that is not taken comes again, so often.
COMES_AGAIN = (5.0, 30.0, 300.0, 1800.0, 7200.0)


@dataclass
class Written:
    """A text from a phone. `clean`: nothing failed while it was taken."""

    sid: str
    phone: str
    words: str
    begun: float
    done: float = 0.0
    clean: bool = True
    tries: int = 0
    answer: str | None = None


@dataclass
class Phones:
    """All phones of a world."""

    world: Any
    acknowledged: list[Written] = field(default_factory=list)
    waiting: dict[str, Written] = field(default_factory=dict)
    read: list[Taken] = field(default_factory=list)
    evenings: set[int] = field(default_factory=set)
    pages: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    told_codes: set[str] = field(default_factory=set)
    count: int = 0

    def arrives(self, taken: Taken) -> None:
        """A text is on the screen."""
        self.read.append(taken)
        words, drawn = taken.body, Random(f"{self.world.plan.seed}:phone:{taken.token}")
        if taken.to in COACHES:
            self._page(taken.to, words, drawn)
        elif "Reply YES" in words:
            if drawn.random() < 0.8:
                self._later(taken.to, "YES", drawn.uniform(20, 3000), taken.token)
        elif "0-10" in words or "10 worst" in words:
            self._answer(taken, ASKS_STEP.search(words) is not None, drawn)

    def _answer(self, taken: Taken, asks_step: bool, drawn: Random) -> None:
        score, did = drawn.randrange(11), drawn.choice(("yes", "no"))
        kind = drawn.random()
        if kind < 0.15:
            return
        words = f"{score} {did}" if asks_step and kind < 0.9 else f"{score}"
        after = drawn.choice((8.0, 20.0, 60.0, 600.0, 5400.0))
        self._later(taken.to, words, after, taken.token)
        if "twice" in self.world.plan.features and kind > 0.8:
            again = words if drawn.random() < 0.5 else f"{(score + 3) % 11}"
            self._later(taken.to, again, after + drawn.choice((0.0, 0.5, 30.0)), taken.token + "again")

    def _page(self, phone: str, words: str, drawn: Random) -> None:
        """A coach acknowledges by the code in the page, after a while."""
        code, who = CODE.search(words), PARTICIPANT.search(words)
        if code is None:
            return
        self.pages[code[1]] = int(who[1]) if who else 0
        if code[1] not in self.told_codes:
            self.told_codes.add(code[1])
            self._later(phone, code[1], drawn.choice((60.0, 1200.0, 20_000.0, 90_000.0)), code[1])

    def _later(self, phone: str, words: str, after: float, key: str) -> None:
        self.world.stage.at(self.world.stage.now + after, lambda: self.write(phone, words, key))

    def write(self, phone: str, words: str, key: str) -> None:
        """A person sends a text; the carrier acts on its own words first, where it does."""
        world = self.world
        self.count += 1
        sid = f"SMin{self.count:028x}"
        form = {"MessageSid": sid, "From": phone, "To": "+15005550006", "Body": words}
        if world.plan.opt_out_mode != "self" and words in ("STOP", "START"):
            (world.provider.blocked.add if words == "STOP" else world.provider.blocked.discard)(phone)
            form["OptOutType"] = words
        written = Written(sid, phone, words, world.stage.now)
        self.waiting[sid] = written
        self._post(written, form)

    def _post(self, written: Written, form: dict[str, str]) -> None:
        world, struck = self.world, self.world.door.struck
        written.tries += 1
        begun = world.stage.now
        finished: list[bool] = []

        def done(status: int | None, body: str) -> None:
            if finished:
                return
            finished.append(True)
            if status == 200:
                self._taken(written, body, clean=world.door.struck == struck and begun == written.begun)
            elif written.tries <= len(COMES_AGAIN):
                if status is not None and body:
                    written.answer = _message(body) or written.answer
                world.stage.at(world.stage.now + COMES_AGAIN[written.tries - 1], lambda: self._post(written, form))
            else:
                del self.waiting[written.sid]

        world.post("/sms/inbound", form, done)

    def _taken(self, written: Written, body: str, *, clean: bool) -> None:
        world = self.world
        written.done, written.clean = world.stage.now, clean
        written.answer = _message(body) or written.answer
        del self.waiting[written.sid]
        self.acknowledged.append(written)
        if written.phone in COACHES:
            self._acknowledged(written)
            return
        # What the text asks of the workers they do at their usual pace, whatever the calm.
        world.stage.at(world.stage.now + 6, lambda: None, stirs=written.words in URGENT)
        world.model.heard_from(written.phone, written.words, written.begun, written.done, clean=clean)

    def _acknowledged(self, written: Written) -> None:
        """Each cry has a page and a code of its own; the texts go on once all of them are acknowledged."""
        self.seen.add(written.words)
        who = self.pages.get(written.words)
        for person in self.world.model.people:
            if person.number_of_page == who and person.barred.get("a crisis is open") is not None:
                for one in self.world.model.having(person.phone):
                    self.world.model.acknowledged(one, written.begun, written.done, more=self._waits(person))

    def _waits(self, person: Any) -> bool:
        """Whether another page about them waits for its code."""
        ids = [f"participant {one.number_of_page} " for one in self.world.model.having(person.phone)]
        pages = [one.body for one in self.world.provider.requests if one.to in COACHES]
        about = [code[1] for body in pages if any(id in body for id in ids) and (code := CODE.search(body))]
        return any(code not in self.seen for code in about)


def _message(body: str) -> str | None:
    """The words of a TwiML answer."""
    if not body.startswith("<?xml"):
        return None
    found = ElementTree.fromstring(body).find("Message")
    return found.text if found is not None else None

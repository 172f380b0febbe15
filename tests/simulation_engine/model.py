"""The expected behavior, computed from what is visible from outside. Imports nothing from the engine.

All instants are true seconds since the beginning. A person is `free` to be texted unless something bars them; what
changes them while a text is under way leaves both outcomes open for that moment, and no longer.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from tests.simulation_engine.people import ASKS_STEP, BEGAN, MEANS, Night, Person

# By more than this a clock is contradicted, and nobody is texted by it.
BELIEVED = 120.0
# A request may be on its way already: the engine looks once more at what has waited longer than two seconds.
ON_ITS_WAY = 3.0
# After an error of ours a text is kept and read again within a quarter of a minute, or comes again.
READ_AGAIN = 120.0
# If the last this many seconds of a window were without trouble, the text must have come.
QUIET_ENOUGH = 900.0
NOT_ARRIVED = ("undelivered", "failed")


@dataclass
class Broken:
    """A promise that was not kept."""

    rule: str
    at: float
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what} (at {BEGAN + timedelta(seconds=self.at):%Y-%m-%d %H:%M:%S} UTC)"


@dataclass
class Model:
    """Everybody, and what has been broken so far."""

    people: list[Person] = field(default_factory=list)
    hours: dict[str, tuple[time, time]] = field(default_factory=lambda: defaultdict(lambda: (time(8), time(21))))
    broken: list[Broken] = field(default_factory=list)
    trouble: list[tuple[float, float]] = field(default_factory=list)
    may_differ: float = 1.0
    ahead: float = 0.0  # by how much the fastest believed clock is: what it planned may leave as early from any machine

    def breaks(self, rule: str, at: float, what: str) -> None:
        if len(self.broken) < 20:
            self.broken.append(Broken(rule, at, what))

    def having(self, phone: str) -> list[Person]:
        return [one for one in self.people if one.phone == phone and not one.erased]

    # What is asked of the provider, and what it takes.

    def asked(self, person: Person, kind: str, at: float, wrong_by: float) -> None:
        """A text is on its way to the provider, from a machine whose clock is wrong by so much."""
        if kind in ("answer", "page"):
            return
        wall = person.local(at).time()
        slack = self.may_differ + min(abs(wrong_by), BELIEVED)
        earliest, latest = self.hours[person.clinic]
        if kind == "nudge" and person.bedtime_at and person.bedtime_at >= time(17):
            latest = min(latest, person.bedtime_at)
        on = person.local(at).date()
        begins, ends = person.instant(on, earliest) - slack - self.ahead, person.instant(on, latest) + slack
        if not begins <= at < ends and not person.changed(at - 60, at):
            self.breaks("at night", at, f"{kind} to {person.phone} at {wall:%H:%M:%S} of their clock")
        if kind == "nudge":
            self._may_be_nudged(person, at, on, slack)
        if kind == "welcome" and person.status != "invited" and not person.changed(at - 5, at):
            self.breaks("welcome after consent", at, person.phone)

    def _may_be_nudged(self, person: Person, at: float, on: date, slack: float) -> None:
        for why, since in person.barred.items():
            if at > since + ON_ITS_WAY:
                self.breaks(f"texted although {why}", at, f"{person.phone}, {at - since:.1f} s after")
        paused = person.paused_until is not None and on < person.paused_until
        if paused and person.pause_known and not person.changed(at - ON_ITS_WAY, at):
            self.breaks("texted in a pause", at, f"{person.phone} on {on}, until {person.paused_until}")
        window = person.window(on, self.hours[person.clinic])
        if window is None or person.changed(window[0] - 86_400, at):
            return
        if not window[0] - slack - self.ahead <= at < window[1] + slack:
            self.breaks("outside of the window", at, f"{person.phone} at {person.local(at):%H:%M:%S}")

    def taken(self, person: Person, kind: str, sid: str, body: str, at: float) -> None:
        """The provider has it: the phone will get it."""
        if kind != "nudge":
            return
        on = person.local(at).date()
        night = person.nights.get(on)
        if night is not None:
            night.sids.append(sid)
            self.breaks("two texts", at, f"{person.phone} on {on}: {len(night.sids)}")
            return
        person.nights[on] = Night(on, ASKS_STEP.search(body) is not None, at, [sid])
        person.unanswered += 1
        person.steps_down |= person.unanswered >= 5

    def heard(self, person: Person, sid: str, status: str, at: float) -> None:
        """The engine was told of a state of a text: by an answer, a callback or a list."""
        for night in person.nights.values():
            if sid in night.sids:
                night.told_at = at if night.told_at is None else night.told_at
                final = ("delivered", *NOT_ARRIVED)
                if status in final and night.status not in final:
                    night.status = status

    def refused(self, person: Person, kind: str, body: str, at: float, *, stopped: bool) -> None:
        """The provider will not have it: the evening counts as one on which nothing arrived."""
        person.unreachable = True
        on = person.local(at).date()
        if kind == "nudge" and on not in person.nights:
            asks = ASKS_STEP.search(body) is not None
            person.nights[on] = Night(on, asks, at, status="undelivered", unsure=stopped)

    # What phones write.

    def heard_from(self, phone: str, words: str, begun: float, done: float, *, clean: bool) -> None:
        """A text from a phone: of two clinics, times and answers are for the one that texted last."""
        people = self.having(phone)
        intent, surely = MEANS.get(words, ("",))[0], done if clean else done + READ_AGAIN
        if len(people) < 2 or intent not in ("set_time", "checkin", "pause", "resume"):
            for person in people:
                self.wrote(person, words, begun, done, clean=clean)
            return
        first, *others = sorted(people, key=lambda one: -one.told_at)
        if self.troubled(begun - 600, surely) or begun - first.told_at < 60:  # either may be meant
            for person in people:
                self._unsure(person, begun)
            return
        self.wrote(first, words, begun, done, clean=clean)
        for person in others:
            if intent in ("pause", "resume") and first.status == "active":
                person.paused_until, person.pause_known = first.paused_until, first.pause_known
                person.changes.append((begun, surely))

    def _unsure(self, person: Person, begun: float) -> None:
        person.changes.append((begun, float("inf")))
        person.pause_known = False
        for night in sorted(person.nights.values(), key=lambda one: one.on)[-2:]:
            night.unsure = True

    def wrote(self, person: Person, words: str, begun: float, done: float, *, clean: bool) -> None:
        """The engine has taken a text; `clean`: nothing failed meanwhile, so that it is applied already."""
        surely = done if clean else done + READ_AGAIN
        intent, score, habit = MEANS.get(words, ("unclear", None, None))
        if person.status != "stopped" and words != "START":
            person.unanswered = 0
        if intent == "opt_out":
            self._stopped(person, begun, surely)
        elif intent == "opt_in":
            self._started(person, words, begun, surely)
        elif intent == "crisis":
            self._in_crisis(person, begun, surely)
        elif intent in ("pause", "resume"):
            self._paused(person, words, begun, surely)
        elif intent == "set_time":
            self._moved(person, words, begun, surely)
        elif intent == "checkin":
            self._answered(person, score, habit, begun, surely)

    def _in_crisis(self, person: Person, begun: float, surely: float) -> None:
        person.changes.append((begun, surely))
        person.barred.setdefault("a crisis is open", surely)

    def _moved(self, person: Person, words: str, begun: float, surely: float) -> None:
        wanted = time.fromisoformat(words.split()[1])
        if person.status != "active" or "a crisis is open" in person.barred:  # then a coach is told, and no more
            return
        person.changes.append((begun, surely + 86_400))
        if wanted < self._latest(person):
            person.evening_at = wanted

    def _latest(self, person: Person) -> time:
        latest = self.hours[person.clinic][1]
        bed = person.bedtime_at
        return min(latest, bed) if bed and bed >= time(17) else latest

    def _stopped(self, person: Person, begun: float, surely: float) -> None:
        person.changes.append((begun, surely))
        if person.status != "stopped":
            person.stops += 1
            person.status = "stopped"
            person.barred.setdefault("they said STOP", surely)

    def _started(self, person: Person, words: str, begun: float, surely: float) -> None:
        if words == "YES" and person.status == "invited" and self._may_be_for_another(person, begun, surely):
            person.changes.append((begun, float("inf")))
            person.barred.pop("no consent yet", None)
            return
        person.changes.append((begun, surely + 60))
        if person.status == "stopped" and words == "START":
            person.status, person.paused_until = "active", None
            person.barred.pop("they said STOP", None)
            person.barred.pop("no consent yet", None)
        elif person.status == "invited":
            person.status = "active"
            person.barred.pop("no consent yet", None)

    def _may_be_for_another(self, person: Person, begun: float, surely: float) -> bool:
        """A YES from a phone in two clinics is for every invitation that it has got, unless it answers a question."""
        others = [one for one in self.having(person.phone) if one is not person]
        told = person.invited_at is not None and person.invited_at < begun - 5
        asked = any(one.nights for one in others)
        return bool(others) and (asked or not told or self.troubled(begun - 600, surely))

    def _paused(self, person: Person, words: str, begun: float, surely: float) -> None:
        person.changes.append((begun, surely))
        if person.status != "active" or "a crisis is open" in person.barred:
            person.pause_known = person.pause_known and person.status != "active"
            return
        if words == "resume":
            person.paused_until = None
            return
        today = person.local(begun).date()
        last = person.nights.get(today)
        # Of which all are told that it did not arrive counts as not sent, whatever the phone shows.
        if last is not None and last.status in NOT_ARRIVED:
            last = None
        first = today + timedelta(days=1) if last else today
        person.paused_until = first + timedelta(days=int(words.split()[1]))
        # Whether tonight's counted as asked is open while it is on its way; and on the edge of midnight.
        unheard = last is not None and last.unsure and last.status is None
        near = unheard or (last is not None and (last.told_at is None or begun - last.told_at < 30))
        person.pause_known = not near and person.local(begun).date() == person.local(surely).date()
        if near:
            person.changes.append((begun, surely + 3 * 86_400))

    def paused_by_coach(self, person: Person, evenings: int, begun: float, surely: float) -> None:
        """A coach may pause somebody who has not said YES yet: it holds once they have."""
        self._paused(person, f"pause {evenings} days", begun, surely)
        person.pause_known = person.pause_known and person.status == "active"

    def _answered(self, person: Person, score: int | None, habit: bool | None, begun: float, surely: float) -> None:
        asked = sorted(person.nights.values(), key=lambda one: one.on)
        if person.status != "active" or not asked:
            return
        if "a crisis is open" in person.barred:  # a note for the coach, and no more
            if begun <= person.barred["a crisis is open"]:
                asked[-1].unsure = True
            return
        night = asked[-1]
        known = night.told_at is not None and begun - night.told_at > 5 and not self.troubled(night.at, surely)
        known = known and night.status not in NOT_ARRIVED  # of such nobody has read, as far as we know
        if not known or person.local(begun).date() > night.on + timedelta(days=1) or surely > begun + 60:
            for one in asked[-2:]:
                one.unsure = True
            return
        if score is not None:
            night.score = score
        if habit is not None and night.asks_step:
            night.habit = habit

    def acknowledged(self, person: Person, begun: float, done: float, *, more: bool) -> None:
        """A coach has seen a crisis: the texts go on, unless another of theirs is open."""
        person.changes.append((begun, done + READ_AGAIN))
        if not more:
            person.barred.pop("a crisis is open", None)

    # Time.

    def troubled(self, begin: float, end: float) -> bool:
        return any(since <= end and until >= begin for since, until in self.trouble)

    def must_have_come(self, now: float) -> Iterable[tuple[Person, date, bool]]:
        """The evenings that are over and on which nothing stood in the way, and whether a text came."""
        for person in self.people:
            today = person.local(now).date()
            for on in (today - timedelta(days=1), today):
                if on not in person.looked_at and self._was_due(person, on, now):
                    yield person, on, on in person.nights
                if (window := person.window(on, self.hours[person.clinic])) and window[1] <= now:
                    person.looked_at.add(on)

    def _was_due(self, person: Person, on: date, now: float) -> bool:
        window = person.window(on, self.hours[person.clinic])
        if window is None or window[0] <= person.since + 600 or window[1] > now or person.erased:
            return False
        opens, closes = window
        if person.status != "active" or person.barred or person.steps_down or person.unreachable:
            return False
        # Looked at within the hour after the window: what bars them now barred them then, but for a change since.
        if person.changed(opens - 3600, now) or not person.pause_known:
            return False
        if person.paused_until is not None and on < person.paused_until:
            return False
        ended = max([opens, *(until for since, until in self.trouble if since < closes and until > opens)])
        return ended + QUIET_ENOUGH <= closes

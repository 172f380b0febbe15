"""Report to the model what the provider was asked for and accepted, and whose text it was."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from tests.simulation_engine.people import Person
from tests.simulation_engine.phones import COACHES

# Codes that say of a number that it is no phone which takes texts: nobody has to try it again.
NO_PHONE = (21614, 30005, 30006)


@dataclass
class Witness:
    """What `provider.Provider` tells of its requests."""

    world: Any
    kinds: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def kind_of(self, token: str) -> tuple[str, int | None]:
        """The kind of a text and its enrolment, by the token that it carries."""
        if token not in self.kinds:
            with self.world.outside() as connection:
                query = text("SELECT kind, enrolment_id FROM outbox_message WHERE token = :token")
                row = connection.execute(query, {"token": token}).first()
            if row is None:
                return ("answer", None)
            self.kinds[token] = (row[0], row[1])
        return self.kinds[token]

    def person_of(self, phone: str, token: str) -> Person | None:
        """Whose text it is, of those who share the phone."""
        found = self.world.model.having(phone)
        if len(found) < 2:
            return found[0] if found else None
        _, enrolment = self.kind_of(token)
        return next((one for one in found if one.id == enrolment), None)

    def asked(self, text: Any, at: float, wrong_by: float) -> None:
        kind, _ = self.kind_of(text.token)
        self.world.say(f"asked {kind} {text.to}")
        person = self.person_of(text.to, text.token)
        if person is not None:
            self.world.model.asked(person, kind, at, wrong_by)
        elif text.to.startswith("+1415555") and text.to not in COACHES and kind == "nudge":
            self.world.model.breaks("texted nobody of ours", at, text.to)

    def answered(self, text: Any, outcome: Any, at: float) -> None:
        self.world.say(f"answered {text.to} {type(outcome).__name__}")
        sid = getattr(outcome, "sid", None)
        person = self.person_of(text.to, text.token)
        if person is not None and type(outcome).__name__ == "Refused" and outcome.code != 20003:
            kind, _ = self.kind_of(text.token)
            self.world.model.refused(person, kind, text.body, at, stopped=outcome.code == 21610)
            for other in self.world.model.having(text.to):  # what is refused is the number, in any clinic
                other.unreachable = True
        if sid and person is not None:
            person.told_at = at
            self.told.add(sid)
            self.world.model.heard(person, sid, "queued", at)
            if self.kind_of(text.token)[0] == "welcome":
                person.invited_at = person.invited_at or at

    def taken(self, taken: Any) -> None:
        kind, _ = self.kind_of(taken.token)
        self.world.say(f"taken {kind} {taken.to}")
        person = self.person_of(taken.to, taken.token)
        if person is not None:
            self.world.model.taken(person, kind, taken.sid, taken.body, taken.at)

    def perhaps_heard(self, taken: Any) -> None:
        for person in self.world.model.having(taken.to):
            for night in person.nights.values():
                night.unsure |= taken.sid in night.sids
            person.unreachable |= taken.code in NO_PHONE

    def heard(self, taken: Any, status: str) -> None:
        person = self.person_of(taken.to, taken.token)
        if person is not None and taken.sid not in self.told:
            person.told_at = self.world.stage.now
        self.told.add(taken.sid)
        for person in self.world.model.having(taken.to):
            person.unreachable |= taken.code in NO_PHONE
            self.world.model.heard(person, taken.sid, status, self.world.stage.now)

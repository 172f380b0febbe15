"""A database restored from a backup gives ids out once more: whoever cries for help then is heard all the same."""

from email.message import EmailMessage

from coach.database.tables import MailMessage
from coach.mail.send import ClaimedMail, MailContext, compose
from coach.privacy.erase import erase
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import SetAside
from schedules.gateway.protocol import MemoryGateway
from tests.support import TestClock, enrol, give_ids_out_again, person, rows, say, staff, tick

PHONE, OTHER, COACH_PHONE = "+14155550001", "+14155550002", "+14155550900"


def pages_to(runtime: Runtime, phone: str) -> int:
    assert isinstance(runtime.gateway, MemoryGateway)
    return sum(one.to == phone for one in runtime.gateway.taken)


def composed(runtime: Runtime) -> EmailMessage:
    [mail] = rows(runtime.engine, MailMessage)
    claimed = ClaimedMail(
        mail.id, mail.coach_id, mail.kind, mail.period, mail.subject, mail.body, mail.html, 1, "coach@x.example"
    )
    return compose(MailContext(runtime.engine, runtime.settings, runtime.keys, runtime.now), claimed)


def erase_first(runtime: Runtime) -> None:
    with write_transaction(runtime.engine) as connection:
        assert erase(connection, 1, runtime.now(), actor="lead@x.example", at_provider=False)


def test_the_crisis_after_an_erased_one_is_paged_by_text_and_by_mail(runtime: Runtime, clock: TestClock) -> None:
    staff(runtime, coach=COACH_PHONE)
    enrol(runtime, person(1, coach="coach@x.example"), person(2, coach="coach@x.example"))
    say(runtime, PHONE, "i want to kill myself")
    tick(runtime)
    [first] = rows(runtime.engine, Flag)
    mailed = composed(runtime)["Message-ID"]
    erase_first(runtime)
    give_ids_out_again(runtime.engine, "flag", "mail_message")

    clock.forward(minutes=10)
    say(runtime, OTHER, "i want to kill myself")
    tick(runtime)
    [second] = rows(runtime.engine, Flag)
    assert second.id == first.id
    assert pages_to(runtime, COACH_PHONE) == 2
    assert rows(runtime.engine, SetAside) == []
    assert composed(runtime)["Message-ID"] != mailed, "mail programs show two mails with the same id once"

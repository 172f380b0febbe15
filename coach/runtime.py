"""The composition root: opens everything a process needs, once, from the settings."""

import gc
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Engine

from coach.adherence.standings import renew_standings
from coach.alerts.cap_alarm import alarm_over_caps
from coach.alerts.paging import PagingContext, page_open_flags
from coach.config import Settings, load_settings
from coach.conversation.receive import ReceiveContext
from coach.conversation.unapplied import apply_unapplied
from coach.database.schema import load_keys, open_database
from coach.effects.report_jobs import store_due_reports
from coach.inbox.undelivered import give_back_unsent
from coach.mail.digest_jobs import DigestContext, queue_digests
from coach.mail.send import MailContext, send_mail
from coach.operations.logs import configure_logs
from coach.participants.roster_jobs import ImportContext, write_due
from coach.privacy.retention import clear_nightly
from coach.reflections.queue import queue_reflections
from coach.summaries.jobs import store_summaries
from coach.understanding import understand
from content.catalogue import Catalogue
from content.lint import load_checked
from schedules.database.encryption import InstallationKeys
from schedules.dispatch.clock_witnesses import Witnesses, database_clock, provider_clock
from schedules.dispatch.dispatch import Dispatcher, dispatch_due
from schedules.dispatch.provider_deletion import forget_due
from schedules.gateway.protocol import Gateway, SimulatedGateway
from schedules.gateway.twilio import SignatureCheck, TwilioGateway
from schedules.gateway.twilio_account import TwilioAccount
from schedules.worker.clock import Job, engine_jobs, open_dispatcher, run_once, while_believed
from schedules.worker.evening_load import warn_of_backlog
from schedules.worker.periodic import PeriodicRunner

Now = Callable[[], datetime]
TICK_COUNTS = (
    *("planned", "skipped", "sent", "failed", "unknown", "expired", "stuck", "reconciled", "summaries", "halted"),
)
HOUR = 3600.0


def utc_now() -> datetime:
    """Return the current time. The only place where a process reads the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Runtime:
    """A running installation."""

    settings: Settings
    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    gateway: Gateway
    now: Now
    witnesses: Witnesses = field(default_factory=Witnesses)

    @property
    def reception(self) -> ReceiveContext:
        """The context for receiving a text."""
        return ReceiveContext(self.engine, self.catalogue, self.keys, self.settings.twilio_opt_out_mode)

    @contextmanager
    def dispatcher(self) -> Iterator[Dispatcher]:
        """Open a dispatcher for the duration of the block."""
        settings = self.settings
        with open_dispatcher(
            self.engine,
            self.gateway,
            self.now,
            self.witnesses,
            at_once=settings.sms_concurrency,
            sender=settings.sender,
            rate=settings.sms_per_second,
        ) as dispatcher:
            yield dispatcher

    def desk(self, worker: str, progress: Callable[[int, int], None] = lambda *_: None) -> ImportContext:
        """Return the context for writing rosters."""
        return ImportContext(self.engine, self.catalogue, self.keys, self.now, worker, progress)

    def jobs(self, dispatcher: Dispatcher) -> list[Job]:
        """Return all recurring jobs in the order of one pass. Pages about a crisis always come first."""
        periods = PeriodicRunner(self.engine, dispatcher.worker, self.now, dispatcher.stopping)
        library, for_real = (self.engine, self.catalogue, self.keys), self.settings.sends_for_real
        mail_context = MailContext(self.engine, self.settings, self.keys, self.now)
        digest_context = DigestContext(
            self.engine, self.keys, self.settings.public_url, bool(self.settings.mail_server)
        )
        pager = PagingContext(self.engine, self.catalogue, self.keys, self.settings.public_url + "/")
        rate = self.settings.sms_per_second
        jobs = [
            Job("page", 5, lambda: {"paged": page_open_flags(pager, self.now())}, at_any_time=True),
            Job("unapplied", 5, lambda: {"applied": apply_unapplied(self.reception, self.now())}, at_any_time=True),
            Job("mail", 15, lambda: {"mailed": send_mail(mail_context)}, at_any_time=True, hangs_after=HOUR),
            *engine_jobs(dispatcher, self.catalogue, self.keys),
            Job("forecast", 600, lambda: {"crushes": warn_of_backlog(periods, self.catalogue, rate)}),
            Job("alarm", 60, lambda: {"alarmed": alarm_over_caps(self.engine, self.now())}, at_any_time=True),
            Job("unsent", 30, lambda: {"given_back": give_back_unsent(self.engine, self.now())}, at_any_time=True),
            Job("forget", 60, lambda: {"forgotten": forget_due(self.engine, self.gateway, self.now())}),
            Job("clear", 300, lambda: {"cleared": clear_nightly(periods, at_provider=for_real)}, hangs_after=HOUR),
            Job("standings", 30, lambda: renew_standings(self.engine, self.now())),
            Job("weekly", 60, lambda: {"summaries": store_summaries(periods)}),
            Job(
                "effects",
                600,
                lambda: {"reports": store_due_reports(periods, self.catalogue)},
                lasts=True,
                hangs_after=HOUR,
            ),
            Job("reflections", 30, lambda: {"reflections": queue_reflections(*library, self.now())}),
            Job("rosters", 2, lambda: {"rosters": write_due(self.desk(dispatcher.worker))}),
            Job("digests", 60, lambda: {"digests": queue_digests(digest_context, self.now())}),
        ]
        return [while_believed(job, dispatcher) for job in jobs]

    def cron_jobs(self, dispatcher: Dispatcher, *, long: bool) -> list[Job]:
        """Return the jobs of one run from cron: the long ones, or all others.

        What people wait for comes first: pages to coaches, unread replies, answers. Reconciling comes before sending,
        because sending may take all the time that is left.
        """
        jobs = {job.name: job for job in self.jobs(dispatcher)}
        if long:
            return [job for job in jobs.values() if job.lasts]
        jobs["urgent"] = Job("urgent", 0, partial(dispatch_due, dispatcher, only_at_any_hour=True), at_any_time=True)
        first = [jobs[name] for name in ("page", "unapplied", "urgent", "mail", "plan", "reconcile", "send")]
        return [*first, *(job for job in jobs.values() if not job.lasts and job not in first)]

    def tick(self, dispatcher: Dispatcher) -> Counter[str]:
        """Do everything that is due now."""
        return run_once(self.jobs(dispatcher))


def open_runtime(settings: Settings, now: Now = utc_now) -> Runtime:
    """Open everything. Raises SettingError, SchemaError or CatalogueError, each with one sentence.

    The machine's clock is checked against others; a clock passed as `now` is trusted.
    """
    engine = open_database(settings)
    understand("ok")  # a broken lexicon fails at startup, not on the first reply
    witnesses = witnesses_for(settings, engine) if now is utc_now else Witnesses()
    opened = Runtime(settings, engine, load_checked(), load_keys(engine), gateway_from(settings), now, witnesses)
    tune_interpreter()
    return opened


def tune_interpreter() -> None:
    """Tune garbage collection and thread switching for what is loaded and for what a batch allocates.

    Modules, library and lexicons live as long as the process: scanning them again and again takes an eighth of the
    time of planning and of replies. Collecting after every 700 objects costs a few percent more, because a batch
    allocates tens of thousands that are all in use.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    # Handling a text takes some twenty database calls. After each, it has to get the interpreter lock back from a page
    # or a summary that is being computed: let that take 0.2 ms, not the default 5 ms.
    sys.setswitchinterval(0.0002)


@contextmanager
def opened_runtime() -> Iterator[Runtime]:
    """Open the runtime from the environment's settings for one command; close it with the block."""
    settings = load_settings()
    configure_logs(settings.log_format, least=logging.WARNING)  # standard output belongs to the command
    runtime = open_runtime(settings)
    try:
        yield runtime
    finally:
        runtime.engine.dispose()


@contextmanager
def opened_database() -> Iterator[Engine]:
    """Open the database from the environment's settings, whatever the state of its schema."""
    engine = open_database(load_settings())
    try:
        yield engine
    finally:
        engine.dispose()


def gateway_from(settings: Settings) -> Gateway:
    """Return Twilio if it is set up, else the phone simulator."""
    if not settings.sends_for_real:
        return SimulatedGateway()
    return TwilioGateway(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        messaging_service_sid=settings.twilio_messaging_service_sid or None,
        from_number=settings.twilio_from_number or None,
        api_url=settings.twilio_api_url,
        status_url=settings.public_url + "/sms/status",
    )


def witnesses_for(settings: Settings, engine: Engine) -> Witnesses:
    """Return the clocks to check this machine's against: the database's, and the provider's if there is one."""
    account = TwilioAccount(settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_api_url)
    provider = provider_clock(account) if settings.sends_for_real else None
    return Witnesses([clock for clock in (database_clock(engine), provider) if clock])


def signature_check_from(settings: Settings) -> SignatureCheck | None:
    """Return the check of Twilio's signature, or None without Twilio: then no webhook is accepted."""
    if not settings.sends_for_real:
        return None
    return SignatureCheck(settings.twilio_auth_token, settings.public_url)

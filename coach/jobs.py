"""Everything a worker does again and again, built from a runtime."""

from collections import Counter
from collections.abc import Mapping
from functools import partial

from coach.adherence.standings import renew_standings
from coach.alerts.cap_alarm import alarm_over_caps
from coach.alerts.paging import PagingContext, page_open_flags
from coach.conversation.unapplied import apply_unapplied
from coach.database.name_sheets import list_names
from coach.effects.report_jobs import store_due_reports
from coach.events.deliver import Courier, DeliveryContext
from coach.inbox.undelivered import give_back_unsent
from coach.mail.digest_jobs import DigestContext, queue_digests
from coach.mail.send import MailContext, send_mail
from coach.operations.audit_check import verify_nightly
from coach.participants.roster_jobs import write_due
from coach.privacy.retention import clear_nightly
from coach.reflections.queue import queue_reflections
from coach.runtime import Runtime
from coach.summaries.jobs import store_summaries
from schedules.dispatch.dispatch import Dispatcher, dispatch_due
from schedules.dispatch.provider_deletion import forget_due
from schedules.worker.clock import Job, engine_jobs, run_once, while_believed
from schedules.worker.evening_load import warn_of_backlog
from schedules.worker.missing_receipts import find_missing_receipts
from schedules.worker.periodic import PeriodicRunner

TICK_COUNTS = (
    *("planned", "skipped", "sent", "failed", "unknown", "expired", "stuck", "reconciled", "summaries", "halted"),
)
HOUR = 3600.0


def recurring_jobs(runtime: Runtime, dispatcher: Dispatcher, *, once: bool = False) -> list[Job]:
    """All jobs in the order of one pass: a crisis first, whatever else is due.

    Events are delivered beside everything else; `once` ends with a job that waits for that.
    """
    engine, catalogue, keys, now = runtime.engine, runtime.catalogue, runtime.keys, runtime.now
    settings = runtime.settings
    periods = PeriodicRunner(engine, dispatcher.worker, now, dispatcher.stopping)
    postman = MailContext(engine, settings, keys, now)
    digester = DigestContext(engine, keys, settings.public_url, bool(settings.mail_server))
    pager = PagingContext(engine, catalogue, keys, settings.public_url + "/")
    courier = Courier(DeliveryContext(engine, now, settings.in_production, dispatcher.stopping))
    rate, for_real = settings.sms_per_second, settings.sends_for_real
    jobs = [
        Job("page", 5, lambda: {"paged": page_open_flags(pager, now())}, at_any_time=True),
        Job("unapplied", 5, lambda: {"applied": apply_unapplied(runtime.reception, now())}, at_any_time=True),
        Job("mail", 15, lambda: {"mailed": send_mail(postman)}, at_any_time=True, hangs_after=HOUR),
        Job("events", 2, lambda: {"delivered": courier.run()}),
        *engine_jobs(dispatcher, catalogue, keys),
        Job("forecast", 600, lambda: {"crushes": warn_of_backlog(periods, catalogue, rate)}),
        Job("alarm", 60, lambda: {"alarmed": alarm_over_caps(engine, now())}, at_any_time=True),
        Job("receipts", 300, lambda: _find_receipts(periods, runtime), lasts=True, hangs_after=HOUR),
        Job("unsent", 30, lambda: {"given_back": give_back_unsent(engine, now())}, at_any_time=True),
        Job("forget", 60, lambda: {"forgotten": forget_due(engine, runtime.gateway, now())}),
        Job("clear", 300, lambda: {"cleared": clear_nightly(periods, at_provider=for_real)}, hangs_after=HOUR),
        Job("audit", 3600, lambda: {"verified": verify_nightly(periods)}, hangs_after=HOUR),
        Job("standings", 30, lambda: renew_standings(engine, now())),
        Job("names", 30, lambda: list_names(engine)),
        Job("weekly", 60, lambda: {"summaries": store_summaries(periods)}),
        Job("effects", 600, lambda: {"reports": store_due_reports(periods, catalogue)}, lasts=True, hangs_after=HOUR),
        Job("reflections", 30, lambda: {"reflections": queue_reflections(engine, catalogue, keys, now())}),
        Job("rosters", 2, lambda: {"rosters": write_due(runtime.desk(dispatcher.worker))}),
        Job("digests", 60, lambda: {"digests": queue_digests(digester, now())}),
    ]
    if once:
        jobs.append(Job("last events", 0, lambda: {"delivered": courier.run_to_end()}))
    return [while_believed(job, dispatcher) for job in jobs]


def _find_receipts(periods: PeriodicRunner, runtime: Runtime) -> Mapping[str, int]:
    return {"receipts": find_missing_receipts(periods, runtime.gateway)}


def cron_jobs(runtime: Runtime, dispatcher: Dispatcher, *, long: bool) -> list[Job]:
    """The jobs of one run from cron: those that last, or all others.

    What somebody waits for comes first: pages to coaches, replies that are kept unread, answers. What is in doubt
    comes before what is planned is sent, which may take all the time that is left.
    """
    jobs = {job.name: job for job in recurring_jobs(runtime, dispatcher, once=True)}
    if long:
        return [job for job in jobs.values() if job.lasts]
    jobs["urgent"] = Job("urgent", 0, partial(dispatch_due, dispatcher, only_at_any_hour=True), at_any_time=True)
    first = [jobs[name] for name in ("page", "unapplied", "urgent", "mail", "events", "plan", "reconcile", "send")]
    return [*first, *(job for job in jobs.values() if not job.lasts and job not in first)]


def tick(runtime: Runtime, dispatcher: Dispatcher) -> Counter[str]:
    """Do everything that is due now, and return what each job counted."""
    return run_once(recurring_jobs(runtime, dispatcher, once=True))

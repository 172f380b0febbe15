"""`coach` commands that set up and run an installation: demo, db, keys, tick, worker."""

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Timer

import click
from cryptography.fernet import Fernet

from coach.audit import COMMAND_LINE, record
from coach.database.schema import check, upgrade
from coach.operations.clock_doubts import words_of
from coach.operations.heartbeat import Heartbeat
from coach.operations.job_log import Watch
from coach.operations.logs import configure_logs
from coach.privacy.key_rotation import rotate
from coach.runtime import opened_database, opened_runtime, utc_now
from schedules.database.encryption import keyring
from schedules.database.engine import write_transaction
from schedules.worker.clock import run_for_ever, run_once

# A run each minute: what is under way after this long may take its time-outs of twenty seconds, and no more.
TICK_BEGINS_WITHIN = 30.0


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port on this machine.")
def demo(port: int) -> None:
    """Run the whole product with made-up people: no account or key needed."""
    from coach.demo import run_demo  # noqa: PLC0415  (the web side is slow to load, and only this command needs it)

    run_demo(port)


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Migrate to the version this release needs."""
    with opened_database() as engine:
        upgrade(engine, utc_now())
    click.echo("The database is up to date.")


@db.command("check")
def db_check() -> None:
    """Verify that the schema is at its head."""
    with opened_database() as engine:
        check(engine)
    click.echo("The database is up to date.")


@click.group()
def keys() -> None:
    """The keys that protect personal data."""


@keys.command("new")
def keys_new() -> None:
    """Print a new SECRET_KEY and a new data key, for the environment or the file .env."""
    click.echo(f"SECRET_KEY={secrets.token_urlsafe(48)}")
    click.echo(f"DATA_KEYS={Fernet.generate_key().decode()}")


@keys.command("rotate")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def keys_rotate(as_json: bool) -> None:
    """Re-encrypt everything under the first of DATA_KEYS, while the rest runs; may be broken off and run again."""
    done: Counter[str] = Counter()
    with opened_runtime() as runtime:
        try:
            for batch in rotate(runtime.engine, keyring()):
                done += batch
        finally:  # also what was done before a value was told that no key opens
            if done:
                with write_transaction(runtime.engine) as connection:
                    told = {"values": done.total()}
                    record(connection, COMMAND_LINE, "rotated", "data keys", runtime.now(), None, told)
    if as_json:
        click.echo(json.dumps({"values": done.total(), "columns": dict(sorted(done.items()))}))
        return
    click.echo(
        f"{done.total()} values re-encrypted; everything is under the first key now. "
        "The others may leave DATA_KEYS as soon as every process runs with it."
    )


@click.command("tick")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.option("--long", is_flag=True, help="Reckon the Effects page instead, which takes minutes: once an hour.")
def tick_command(as_json: bool, long: bool) -> None:
    """One pass of everything due now, then exit: for cron and Heroku Scheduler."""
    from coach.jobs import TICK_COUNTS  # noqa: PLC0415  (only this command and the worker need every job)

    with opened_runtime(sends_texts=True) as runtime, runtime.dispatcher() as dispatcher:
        configure_logs(runtime.settings.log_format, runtime.settings.sentry_dsn)
        heartbeat = Heartbeat(runtime.settings.heartbeat_url)
        jobs = runtime.cron_jobs(dispatcher, long=long)
        with nothing_begins_after(None if long else TICK_BEGINS_WITHIN, dispatcher.stopping):
            totals = run_once(Watch(dispatcher.worker, heartbeat).over(jobs), dispatcher.stopping)
        doubt = runtime.witnesses.contradict(runtime.now)
    heartbeat.finish()
    counts = {name: totals[name] for name in (*TICK_COUNTS, "stuck")} | {"halted": int(totals["halted"] > 0)}
    click.echo(json.dumps(counts) if as_json else ", ".join(f"{name} {count}" for name, count in counts.items()))
    if doubt:
        raise click.ClickException(words_of(doubt.whose, round(doubt.ahead.total_seconds())))
    if totals["halted"]:
        raise click.ClickException("nothing can be sent until something is mended: run 'coach doctor'")


@contextmanager
def nothing_begins_after(seconds: float | None, stopping: Event) -> Iterator[None]:
    """Set `stopping` once the time is over: what is under way then is finished, the next run does the rest."""
    timer = Timer(seconds or 0, stopping.set)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


@click.command()
def worker() -> None:
    """The same for ever; SIGTERM finishes what is in hand."""
    import coach.jobs  # noqa: F401, PLC0415  (before `keep_for_good`, which exempts what is loaded from collection)

    with opened_runtime(sends_texts=True, reads_replies=True) as runtime, runtime.dispatcher() as dispatcher:
        configure_logs(runtime.settings.log_format, runtime.settings.sentry_dsn)
        heartbeat = Heartbeat(runtime.settings.heartbeat_url)
        watch = Watch(dispatcher.worker, heartbeat)
        if not runtime.settings.sends_for_real:
            click.echo("Twilio is not set up: texts go to the phone simulator.", err=True)
        click.echo("Working, until SIGTERM or Ctrl-C.", err=True)
        jobs = watch.over(runtime.jobs(dispatcher))
        run_for_ever([*jobs, watch.job(runtime.engine)], dispatcher.stopping)
    heartbeat.finish()

"""Commands that set up, run and verify an installation: `coach demo`, `db`, `keys`, `tick`, `worker` and `audit`."""

import json
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from threading import Event, Timer

import click
from cryptography.fernet import Fernet

from coach import audit as log
from coach.audit import COMMAND_LINE, record
from coach.database.schema import check, upgrade
from coach.operations.clock_doubts import words_of
from coach.operations.heartbeat import Heartbeat
from coach.operations.job_log import Watch
from coach.operations.logs import configure_logs
from coach.privacy.key_rotation import rotate
from coach.runtime import opened_database, opened_runtime, utc_now
from schedules.database.encryption import keyring
from schedules.database.engine import read_transaction, write_transaction
from schedules.worker.clock import run_forever, run_once

# Seconds. Cron runs a tick each minute: work started by then may still take its 20-second timeouts.
TICK_STARTS_WORK_FOR = 30.0


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
def demo(port: int) -> None:
    """Run the whole product with simulated people. Needs no account or key."""
    from coach.demo import run_demo  # noqa: PLC0415  (the web side is slow to import, and only this command needs it)

    run_demo(port)


@click.group()
def db() -> None:
    """Migrate and check the database schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Migrate the database to the schema of this release."""
    with opened_database() as engine:
        upgrade(engine, utc_now())
    click.echo("The database is up to date.")


@db.command("check")
def db_check() -> None:
    """Verify that the schema is the one this release needs."""
    with opened_database() as engine:
        check(engine)
    click.echo("The database is up to date.")


@click.group()
def keys() -> None:
    """Create and rotate the keys that encrypt personal data."""


@keys.command("new")
def keys_new() -> None:
    """Print a new SECRET_KEY and a new data key, for the environment or the file .env."""
    click.echo(f"SECRET_KEY={secrets.token_urlsafe(48)}")
    click.echo(f"DATA_KEYS={Fernet.generate_key().decode()}")


@keys.command("rotate")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def keys_rotate(as_json: bool) -> None:
    """Re-encrypt all data with the first key in DATA_KEYS.

    Safe to run while the service is up, and to interrupt and restart.
    """
    done: Counter[str] = Counter()
    with opened_runtime() as runtime:
        try:
            for batch in rotate(runtime.engine, keyring()):
                done += batch
        finally:  # also record what was done before a value failed to decrypt
            if done:
                with write_transaction(runtime.engine) as connection:
                    detail = {"values": done.total()}
                    record(connection, COMMAND_LINE, "rotated", "data keys", runtime.now(), None, detail)
    if as_json:
        click.echo(json.dumps({"values": done.total(), "columns": dict(sorted(done.items()))}))
        return
    click.echo(
        f"{done.total()} values re-encrypted; everything is encrypted with the first key now. "
        "The others may leave DATA_KEYS once every process runs with it."
    )


@click.command("tick")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.option("--long", is_flag=True, help="Compute the Effects page instead, which takes minutes. Run it hourly.")
def tick_command(as_json: bool, long: bool) -> None:
    """Do everything that is due now, then exit. For cron and Heroku Scheduler."""
    from coach.jobs import TICK_COUNTS, cron_jobs  # noqa: PLC0415  (only this command and the worker need every job)

    with opened_runtime(sends_texts=True) as runtime, runtime.dispatcher() as dispatcher:
        configure_logs(runtime.settings.log_format, runtime.settings.sentry_dsn)
        heartbeat = Heartbeat(runtime.settings.heartbeat_url)
        jobs = cron_jobs(runtime, dispatcher, long=long)
        with stop_starting_after(None if long else TICK_STARTS_WORK_FOR, dispatcher.stopping):
            totals = run_once(Watch(dispatcher.worker, heartbeat).over(jobs), dispatcher.stopping)
        doubt = runtime.witnesses.contradict(runtime.now)
    heartbeat.finish()
    counts = {name: totals[name] for name in (*TICK_COUNTS, "stuck")} | {"halted": int(totals["halted"] > 0)}
    click.echo(json.dumps(counts) if as_json else ", ".join(f"{name} {count}" for name, count in counts.items()))
    if doubt:
        raise click.ClickException(words_of(doubt.whose, round(doubt.ahead.total_seconds())))
    if totals["halted"]:
        raise click.ClickException("nothing can be sent until a problem is fixed: run 'coach doctor'")


@contextmanager
def stop_starting_after(seconds: float | None, stopping: Event) -> Iterator[None]:
    """Set `stopping` after some seconds: work in progress is finished, and the next run does the rest."""
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
    """Run continuously. On SIGTERM, finish work in progress and exit."""
    from coach.jobs import recurring_jobs  # noqa: PLC0415  (before the runtime opens, so that it is tuned as loaded)

    with opened_runtime(sends_texts=True, reads_replies=True) as runtime, runtime.dispatcher() as dispatcher:
        configure_logs(runtime.settings.log_format, runtime.settings.sentry_dsn)
        heartbeat = Heartbeat(runtime.settings.heartbeat_url)
        watch = Watch(dispatcher.worker, heartbeat)
        if not runtime.settings.sends_for_real:
            click.echo("Twilio is not set up: texts go to the phone simulator.", err=True)
        click.echo("Running until SIGTERM or Ctrl-C.", err=True)
        jobs = watch.over(recurring_jobs(runtime, dispatcher))
        run_forever([*jobs, watch.job(runtime.engine)], dispatcher.stopping)
    heartbeat.finish()


@click.group()
def audit() -> None:
    """Verify the audit log of who viewed and changed what."""


@audit.command("verify")
@click.option("--contains", metavar="HASH", help="A head hash noted earlier, which must still be in the chain.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def audit_verify(contains: str | None, as_json: bool) -> None:
    """Verify the hash chain and its anchor. Exit 1: a row was changed, removed or inserted."""
    with opened_runtime() as runtime, read_transaction(runtime.engine) as connection:
        verified = log.verify(connection)
        noted_is_there = contains is None or log.contains(connection, contains)
    if as_json:
        click.echo(json.dumps(asdict(verified) | {"contains": noted_is_there}))
    else:
        click.echo(log.summary_of(verified))
        if not noted_is_there:
            click.echo("The hash noted earlier is no longer in the chain: the newest rows were removed.")
    if not verified.holds or not noted_is_there:
        sys.exit(1)

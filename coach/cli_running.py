"""`coach` commands that set up and run an installation: demo, db, keys, tick, worker."""

import json
import secrets
from collections import Counter

import click
from cryptography.fernet import Fernet

from coach.audit import COMMAND_LINE, record
from coach.database import check, upgrade
from coach.heartbeat import Heartbeat
from coach.logs import configure_logs
from coach.rotation import rotate
from coach.runtime import TICK_COUNTS, opened_database, opened_runtime, utc_now
from coach.watching import Watch
from schedules.clock import run_for_ever, run_once
from schedules.db import writing
from schedules.keys import keyring


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
        for batch in rotate(runtime.engine, keyring()):
            done += batch
        if done:
            with writing(runtime.engine) as connection:
                record(connection, COMMAND_LINE, "rotated", "data keys", runtime.now(), None, {"values": done.total()})
    if as_json:
        click.echo(json.dumps({"values": done.total(), "columns": dict(sorted(done.items()))}))
        return
    click.echo(
        f"{done.total()} values re-encrypted; everything is under the first key now. "
        "The others may leave DATA_KEYS as soon as every process runs with it."
    )


@click.command("tick")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def tick_command(as_json: bool) -> None:
    """One pass of everything due now, then exit: for cron and Heroku Scheduler."""
    with opened_runtime() as runtime, runtime.dispatcher() as dispatcher:
        configure_logs(runtime.settings.log_format, runtime.settings.sentry_dsn)
        heartbeat = Heartbeat(runtime.settings.heartbeat_url)
        totals = run_once(Watch(dispatcher.worker, heartbeat).over(runtime.jobs(dispatcher)))
    heartbeat.finish()
    counts = {name: totals[name] for name in TICK_COUNTS}
    click.echo(json.dumps(counts) if as_json else ", ".join(f"{name} {count}" for name, count in counts.items()))
    if totals["halted"]:
        raise click.ClickException("nothing can be sent until something is mended: run 'coach doctor'")


@click.command()
def worker() -> None:
    """The same for ever; SIGTERM finishes what is in hand."""
    with opened_runtime() as runtime, runtime.dispatcher() as dispatcher:
        configure_logs(runtime.settings.log_format, runtime.settings.sentry_dsn)
        heartbeat = Heartbeat(runtime.settings.heartbeat_url)
        watch = Watch(dispatcher.worker, heartbeat)
        if not runtime.settings.sends_for_real:
            click.echo("Twilio is not set up: texts go to the phone simulator.", err=True)
        click.echo("Working, until SIGTERM or Ctrl-C.", err=True)
        run_for_ever(watch.over(runtime.jobs(dispatcher)), dispatcher.stopping)
    heartbeat.finish()

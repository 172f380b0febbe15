"""Start the demo: a database with its history, the worker and the pages, on loopback only."""

import logging
import secrets
import socket
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import click
from cryptography.fernet import Fernet
from werkzeug.serving import make_server

from coach.config import Settings
from coach.database.schema import open_database, upgrade
from coach.demo.clock import MovableClock
from coach.demo.cohort import COACH_EMAIL, COHORT, OTHER_ROLES, WEEKS
from coach.demo.engine import DemoEngine
from coach.demo.history import History, first_instant
from coach.demo.new_phone import phone
from coach.demo.saved_history import SavedHistory, Secrets
from coach.operations.logs import configure_logs
from coach.runtime import Runtime, open_runtime, utc_now
from coach.web.app import create_app
from coach.web.gunicorn_worker import InTurn
from coach.web.sign_in.datastore import PRINTED

HOST = "127.0.0.1"
DATABASE = Path("instance/demo.sqlite3")
SAVED = SavedHistory(Path("instance/demo-history.sqlite3"))
MOST_PAGES = 50  # that may wait for a response at the same time
WORDS = "amber birch calm dune ember fern grove harbor iris jade kelp lark maple north olive pearl quill river tide"


def run_demo(port: int) -> None:
    """Serve until Ctrl-C. Every start begins anew after the history, and nothing leaves this machine."""
    configure_logs("text", least=logging.WARNING)
    if not _is_free(port):
        sys.exit(f"Port {port} is in use: choose another with --port.")
    runtime, clock, password = prepare(port)
    app = create_app(runtime)
    app.config["DEMO"] = True
    app.config[PRINTED] = frozenset({COACH_EMAIL, *(f"{role}@demo.example" for role in OTHER_ROLES)})
    app.register_blueprint(phone)
    server = make_server(HOST, port, InTurn(app, most_pages=MOST_PAGES), threaded=True)
    with runtime.dispatcher() as dispatcher:
        engine = DemoEngine(runtime, clock, dispatcher)
        app.extensions["demo"] = engine
        worker = threading.Thread(target=engine.run, name="worker", daemon=True)
        worker.start()
        click.echo(f"\n  Open    http://{HOST}:{port}/\n  Sign in {COACH_EMAIL}\n          {password}\n")
        others = ", ".join(f"{role}@demo.example" for role in OTHER_ROLES)
        click.echo(f"  With the same password: {others}.")
        click.echo("  A phone for every participant: the link 'Phones' on the page. Ctrl-C stops it.\n")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Stopped.")
        finally:
            engine.stopped.set()
            worker.join(timeout=10)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def prepare(port: int) -> tuple[Runtime, MovableClock, str]:
    """Return a runtime whose history reaches the present, its clock, and the password of the sign-ins."""
    remove_database()
    now = utc_now()
    if saved := SAVED.restore(DATABASE, now):
        used, ends_at = saved
        clock = MovableClock(ends_at)
        return open_runtime(demo_settings(port, used), clock), clock, used.sign_in
    used = new_secrets()
    started = time.monotonic()
    click.echo(f"Making {WEEKS} weeks of history for {len(COHORT)} made-up people …")
    runtime, clock = make_history(demo_settings(port, used), used.sign_in, now)
    # While a connection is open, reading the file beside SQLite would drop the locks of this process (POSIX).
    runtime.engine.dispose()
    SAVED.keep(DATABASE, used, clock())
    click.echo(f"Done in {time.monotonic() - started:.0f} s.")
    return runtime, clock, used.sign_in


def remove_database() -> None:
    """Remove what an earlier start left."""
    for name in ("", "-wal", "-shm"):
        Path(f"{DATABASE}{name}").unlink(missing_ok=True)


def new_secrets() -> Secrets:
    """Return random keys and a password of four words."""
    password = "-".join(secrets.choice(WORDS.split()) for _ in range(4))
    return Secrets(secrets.token_urlsafe(48), Fernet.generate_key().decode(), password)


def demo_settings(port: int, used: Secrets) -> Settings:
    """Return settings with a database and keys of the demo's own, regardless of the environment."""
    DATABASE.parent.mkdir(exist_ok=True)
    values = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings.model_construct(
        **values
        | {
            "database_url": f"sqlite:///{DATABASE}",
            "secret_key": used.secret_key,
            "data_keys": used.data_keys,
            "public_url": f"http://{HOST}:{port}",
            "twilio_opt_out_mode": "self",
        }
    )


def make_history(settings: Settings, password: str, now: datetime) -> tuple[Runtime, MovableClock]:
    """Migrate, and play the history up to the present."""
    clock = MovableClock(first_instant(now))
    upgrade(open_database(settings), clock())
    runtime = open_runtime(settings, clock)
    History(runtime, clock, clock(), now).play(password)
    return runtime, clock

"""The composition root's product: everything a process needs, opened once from the settings.

Most commands open one to read a few rows. So whatever only some of them need (sending, receiving, calling the provider)
is imported where it is used, as "only to …" says there; `coach.jobs`, which needs all of it, is one floor above.
"""

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from coach.config import Settings, load_settings
from coach.database.schema import load_keys, open_database
from coach.operations.logs import configure_logs
from content.catalogue import Catalogue, load_catalogue
from content.lint import load_checked
from schedules.database.encryption import InstallationKeys
from schedules.dispatch.clock_witnesses import Witnesses, database_clock, provider_clock
from schedules.gateway.protocol import Gateway, SimulatedGateway

if TYPE_CHECKING:
    from coach.conversation.receive import ReceiveContext
    from coach.participants.roster_jobs import ImportContext
    from schedules.dispatch.dispatch import Dispatcher
    from schedules.gateway.twilio import SignatureCheck

Now = Callable[[], datetime]


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
    def reception(self) -> "ReceiveContext":
        """What receiving a text needs."""
        from coach.conversation.receive import ReceiveContext  # noqa: PLC0415  (only to receive)

        settings = self.settings
        address = settings.public_url or f"http://localhost:{settings.port}"
        mode = settings.twilio_opt_out_mode
        return ReceiveContext(self.engine, self.catalogue, self.keys, mode, public_url=address)

    @contextmanager
    def dispatcher(self) -> "Iterator[Dispatcher]":
        """A dispatcher, for as long as the block lasts."""
        from schedules.worker.clock import open_dispatcher  # noqa: PLC0415  (only to send)

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

    def desk(self, worker: str, progress: Callable[[int, int], None] = lambda *_: None) -> "ImportContext":
        """What writing rosters needs."""
        from coach.participants.roster_jobs import ImportContext  # noqa: PLC0415  (only to import)

        return ImportContext(self.engine, self.catalogue, self.keys, self.now, worker, progress)


def open_runtime(
    settings: Settings, now: Now = utc_now, *, sends_texts: bool = True, reads_replies: bool = True
) -> Runtime:
    """Open everything. Raises SettingError, SchemaError or CatalogueError, each one sentence.

    A clock of one's own (`now`) is believed; the machine's is held against others.

    Args:
        settings: the installation's.
        now: the clock.
        sends_texts: check the message library first, so that a broken text stops the start.
        reads_replies: load the lexicons first, so that a broken one stops the start, not the first reply.
    """
    engine = open_database(settings)
    if reads_replies:
        from coach.understanding import understand  # noqa: PLC0415  (only to read replies)

        understand("ok")
    witnesses = witnesses_for(settings, engine) if now is utc_now else Witnesses()
    catalogue = load_checked() if sends_texts else load_catalogue()
    opened = Runtime(settings, engine, catalogue, load_keys(engine), gateway_from(settings), now, witnesses)
    if sends_texts:
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
def opened_runtime(*, sends_texts: bool = False, reads_replies: bool = False) -> Iterator[Runtime]:
    """The runtime of the environment's settings, for one command; closed with the block. See `open_runtime`."""
    settings = load_settings()
    configure_logs(settings.log_format, least=logging.WARNING)  # standard output is the command's own
    runtime = open_runtime(settings, sends_texts=sends_texts, reads_replies=reads_replies)
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
    from schedules.gateway.twilio import TwilioGateway  # noqa: PLC0415  (only to send for real)

    return TwilioGateway(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        messaging_service_sid=settings.twilio_messaging_service_sid or None,
        from_number=settings.twilio_from_number or None,
        api_url=settings.twilio_api_url,
        status_url=settings.public_url + "/sms/status",
    )


def witnesses_for(settings: Settings, engine: Engine) -> Witnesses:
    """The clocks that this machine's is held against: the database's, and the provider's if there is one."""
    clocks = [database_clock(engine)]
    if settings.sends_for_real:
        from schedules.gateway.twilio_account import TwilioAccount  # noqa: PLC0415  (only to send for real)

        account = TwilioAccount(settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_api_url)
        clocks.append(provider_clock(account))
    return Witnesses([one for one in clocks if one])


def signature_check_from(settings: Settings) -> "SignatureCheck | None":
    """The check of Twilio's signature, or None without Twilio: then no webhook is accepted at all."""
    if not settings.sends_for_real:
        return None
    from schedules.gateway.twilio import SignatureCheck  # noqa: PLC0415  (only for webhooks)

    return SignatureCheck(settings.twilio_auth_token, settings.public_url)

"""A worker process for tests: `python -m tests.schedules.one_worker DATABASE TWILIO NOW NAME` ticks once, when told."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from coach.database import load_keys
from content.lint import load_checked
from schedules.clock import tick
from schedules.db import open_engine
from schedules.dispatch import Dispatcher
from schedules.keys import Keyring, install_keyring
from schedules.twilio_gateway import TwilioGateway
from tests.support import DATA_KEY, PUBLIC_URL
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID


def main(database_url: str, twilio_url: str, now: str, name: str) -> None:
    install_keyring(Keyring([DATA_KEY]))
    engine = open_engine(database_url)
    gateway = TwilioGateway(
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        messaging_service_sid=MESSAGING_SERVICE_SID,
        from_number=None,
        api_url=twilio_url,
        status_url=PUBLIC_URL + "/sms/status",
    )
    catalogue, keys = load_checked(), load_keys(engine)
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(8) as pool:
        dispatcher = Dispatcher(engine, gateway, lambda: datetime.fromisoformat(now), name, pool)
        totals = tick(dispatcher, catalogue, keys)
    gateway.close()
    engine.dispose()
    print(totals["planned"], totals["sent"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The usual approach, for comparison: one Celery task per text. Needs a Python with celery, redis and twilio.

It is spared most of what we do: it looks nothing up, decrypts nothing, checks nothing. DOES=same: it sends through
Twilio's SDK as it comes, and records the id in an SQLite file, a row and a commit a text. DOES=less: it is spared that
as well, and posts a form over a connection it keeps.
"""

import os
import sqlite3
import sys
import threading
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

from celery import Celery  # type: ignore[import-not-found]  # of the Python it is run with, see bench_dispatch
from twilio.rest import Client

app = Celery("celery_peer", broker=os.environ["BROKER"])
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=4, broker_pool_limit=10)
own = threading.local()


@app.task  # type: ignore[untyped-decorator]  # of the Python it is run with
def send(number: int) -> None:
    """One text."""
    to = f"+{15551230000 + number}"
    if os.environ["DOES"] == "same":
        send_and_record(number, to)
    else:
        post(to)


def send_and_record(number: int, to: str) -> None:
    if not hasattr(own, "client"):
        own.client = Client(os.environ["ACCOUNT_SID"], os.environ["AUTH_TOKEN"])
        own.client.api.base_url = os.environ["TWILIO"]
        own.record = sqlite3.connect(os.environ["RECORD"], isolation_level=None, timeout=60)
        own.record.execute("PRAGMA synchronous=NORMAL")
    taken = own.client.messages.create(to=to, body=os.environ["BODY"], messaging_service_sid=os.environ["SERVICE_SID"])
    own.record.execute("INSERT OR REPLACE INTO taken VALUES (?, ?)", (number, taken.sid))


def post(to: str) -> None:
    if not hasattr(own, "connection"):
        own.connection = HTTPConnection(urlsplit(os.environ["TWILIO"]).netloc)
    body = os.environ["FORM"].replace("%2B15551230000", quote(to))
    headers = {"Authorization": os.environ["AUTHORIZATION"], "Content-Type": "application/x-www-form-urlencoded"}
    own.connection.request("POST", os.environ["CREATE"], body, headers)
    own.connection.getresponse().read()


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        send.delay(number)

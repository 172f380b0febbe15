"""The usual way, for comparison: a Celery task a text. Runs under any Python that has celery and redis; not ours.

It is spared what we do: it reads no database, checks nothing, records nothing, and posts over a kept connection.
"""

import os
import sys
import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit

from celery import Celery  # type: ignore[import-not-found]  # of the Python it is run with, see bench_dispatch

app = Celery("celery_peer", broker=os.environ["BROKER"])
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=4, broker_pool_limit=10)
own = threading.local()


@app.task  # type: ignore[untyped-decorator]  # of the Python it is run with
def send(number: int) -> None:
    """One text."""
    if not hasattr(own, "connection"):
        own.connection = HTTPConnection(urlsplit(os.environ["TWILIO"]).netloc)
    body = os.environ["FORM"].replace("15551230000", str(15551230000 + number))
    headers = {"Authorization": os.environ["AUTHORIZATION"], "Content-Type": "application/x-www-form-urlencoded"}
    own.connection.request("POST", os.environ["CREATE"], body, headers)
    own.connection.getresponse().read()


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        send.delay(number)

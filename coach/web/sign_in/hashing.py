"""Passwords are hashed one at a time on a machine, by a thread that the system runs when nothing more urgent wants to.

A hash takes a quarter of a second of two processors, and 64 MiB, by design. A hundred people who sign in at once queue
here; a text that comes meanwhile does not. The web processes of one installation take turns by a lock on this file.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask_security import PasswordUtil

from coach.accounts.passwords import why_not

if sys.platform != "win32":
    import fcntl

POLITENESS = 10  # of 19; a thread's own on Linux


class PasswordRules(PasswordUtil):
    """Our own rules for a new password; nobody else is asked."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """Return why it is refused, if it is, and the password as it is hashed."""
        account = kwargs.get("user")
        refused = why_not(password, [account.email] if account else [])
        return [refused] if refused else None, self.normalize(password)


class HashedAside:
    """A passlib context whose slow work is done by one thread of its own."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._one = ThreadPoolExecutor(1, "hashing", initializer=_stand_back)

    def __getattr__(self, name: str) -> object:
        """Whatever is quick."""
        return getattr(self._context, name)

    def verify(self, *given: object, **more: object) -> bool:
        """Whether a password is that of a hash."""
        return bool(self._one.submit(alone, self._context.verify, *given, **more).result())

    def hash(self, *given: object, **more: object) -> str:
        """The hash of a new password, or of one that is tried where there is no account."""
        return str(self._one.submit(alone, self._context.hash, *given, **more).result())


def alone(work: Callable[..., object], *given: object, **more: object) -> object:
    """Do it while no other process of this installation does such work on this machine."""
    with Path(__file__).open("rb") as file:
        if sys.platform != "win32":
            with suppress(OSError):  # a file system without locks: then each process hashes one at a time
                fcntl.flock(file, fcntl.LOCK_EX)
        return work(*given, **more)  # closing the file passes the turn on, and so does the end of the process


def _stand_back() -> None:
    if sys.platform == "linux":  # elsewhere it would be the whole process, or somebody else's
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), POLITENESS)

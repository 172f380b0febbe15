"""The banner after a change, with a button that takes it back."""

from collections.abc import Mapping

from flask import flash, url_for

# The banner travels in the session's cookie, which may have 4 KB.
LONGEST_TOKEN = 2_200


def say_done(words: str, token: str | None) -> None:
    """Say what was done, with an Undo button if there is something to restore."""
    if token is None or len(token) > LONGEST_TOKEN:
        flash(words)
    else:
        say_done_at(words, url_for("person_actions.undo"), {"token": token})


def say_done_at(words: str, address: str, fields: Mapping[str, str]) -> None:
    """As `say_done`, for a change that another address takes back."""
    flash({"words": words, "address": address, "fields": dict(fields)})  # type: ignore[arg-type]  # the layout reads it

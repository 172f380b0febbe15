"""A confirmation with a button that takes the change back, for as long as the deed itself allows."""

from flask import flash


def flash_undo(words: str, address: str, **fields: str) -> None:
    """Say that something is done, with an Undo button that posts these fields to an address of ours."""
    flash({"words": words, "address": address, "fields": fields}, "undo")  # type: ignore[arg-type]  # any JSON value

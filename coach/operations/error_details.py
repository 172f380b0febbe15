"""Describe errors without their messages, which may quote a phone number or a text."""

import sys
import traceback
from types import TracebackType


def where_raised(error: BaseException) -> str:
    """Return the type and traceback of an exception and of its causes, innermost first, without any message."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    description = f"{type(error).__name__} at {places}" if places else type(error).__name__
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{description}; from {where_raised(cause)}" if cause is not None else description


def tell_uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Print one line for an uncaught exception; set as `sys.excepthook`."""
    sys.stderr.write(f"Something went wrong: {where_raised(error)}\n")

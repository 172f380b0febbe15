"""What an error may say of itself. Its words may quote a number or a text, so they are left out."""

import sys
import traceback
from types import TracebackType


def where_raised(error: BaseException) -> str:
    """The kinds and places of an exception and of what led to it, innermost first, without any words of theirs."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    told = f"{type(error).__name__} at {places}" if places else type(error).__name__
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{told}; from {where_raised(cause)}" if cause is not None else told


def tell_uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """For `sys.excepthook`: a fault of ours ends a command with one line."""
    sys.stderr.write(f"Something went wrong: {where_raised(error)}\n")

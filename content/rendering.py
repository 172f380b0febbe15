"""Fills in the placeholders of a text."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from content.entries import Placeholder, Text
from content.segments import normalise

PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z_]*)\}")


class RenderError(ValueError):
    """A text was given invalid values; the message names the text."""


# The library has a few hundred bodies, and every text is made of them.
@lru_cache(maxsize=4096)
def placeholders_in(body: str) -> tuple[str, ...]:
    """Return the names of the placeholders in a body, each once, in order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(body)))


def render(text: Text, **values: str) -> str:
    """Return the words to send, in GSM-7 as far as their spelling allows.

    A value is inserted literally (braces in it mean nothing), on one line, shortened to its placeholder's maximum
    length.

    Raises:
        RenderError: a value is missing without a default, is not used, or is too long and must not be cut.
    """
    wanted = placeholders_in(text.body)
    if extra := [name for name in values if name not in wanted]:
        raise RenderError(f"{text.language} {text.id} has no placeholder {_braced(extra)}")
    if not wanted:
        return _normalised(text.body)
    known = {placeholder.name: placeholder for placeholder in text.placeholders}
    filled = {name: _value(text, name, known.get(name), values) for name in wanted}
    if missing := [name for name, value in filled.items() if value is None]:
        raise RenderError(f"{text.language} {text.id} needs a value for {_braced(missing)}")
    return normalise(PLACEHOLDER.sub(lambda found: filled[found[1]] or "", text.body))


@lru_cache(maxsize=4096)
def _normalised(body: str) -> str:
    return normalise(body)


def render_with(text: Text, facts: Mapping[str, str]) -> str:
    """Render a text with the `facts` it uses; others are ignored, because steps use different ones.

    Raises:
        RenderError: as `render`.
    """
    return render(text, **{name: facts[name] for name in placeholders_in(text.body) if name in facts})


def _value(text: Text, name: str, placeholder: Placeholder | None, values: Mapping[str, str]) -> str | None:
    if name not in values:
        return placeholder.default if placeholder else None
    value = " ".join(normalise(values[name]).split())
    if placeholder is None or len(value) <= placeholder.max_length:
        return value
    if not placeholder.shorten:
        raise RenderError(f"{text.language} {text.id}: {{{name}}} is longer than {placeholder.max_length} characters")
    return value[: placeholder.max_length].rstrip()


def _braced(names: list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)

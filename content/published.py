"""Every version of every text, verbatim and forever, so that what was sent can always be read again.

`published.toml` only ever grows. An edit raises a text's version and appends its words here; words published under a
version never change, and a text removed from the library stays in the record.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from content.entries import Catalogue, CatalogueError, Problem, Text
from content.fields import Place, read_toml
from content.loading import file_of, key_of

FILE = "published.toml"

Published = Mapping[tuple[str, str], Mapping[int, str]]
"""(language, text id) to version to the words."""

_HEADER = "# Every version of every text, word for word. Appended to by `published.publish`; never edited by hand.\n"


def load_published(directory: Path | None = None) -> Published:
    """Load the record from `directory`, or the packaged one.

    Raises:
        CatalogueError: the record is missing or malformed.
    """
    place: Place = directory or files("content")
    problems: list[Problem] = []
    table = read_toml(place, FILE, problems)
    found: dict[tuple[str, str], Mapping[int, str]] = {}
    for language, text_id, versions in _records(table):
        if versions is None:
            problems.append(Problem(FILE, f"{language} {text_id}".strip(), "must map versions to words"))
        else:
            found[language, text_id] = versions
    if problems:
        raise CatalogueError(tuple(problems))
    return MappingProxyType(found)


def _records(table: Mapping[str, object]) -> Iterator[tuple[str, str, dict[int, str] | None]]:
    """Yield language, text id and versions; None for versions that are malformed."""
    for language, texts in table.items():
        if not isinstance(texts, dict):
            yield language, "", None
            continue
        for text_id, versions in texts.items():
            yield language, text_id, _numbered(versions)


def _numbered(versions: object) -> dict[int, str] | None:
    if not isinstance(versions, dict) or not all(version.isdecimal() for version in versions):
        return None
    found = {int(version): words for version, words in versions.items() if isinstance(words, str)}
    return found if len(found) == len(versions) else None


def publish(catalogue: Catalogue, published: Published) -> Published:
    """Return the record with the new texts and versions of `catalogue` appended.

    Raises:
        CatalogueError: a text changed without a higher version; appending it would rewrite what was sent.
    """
    problems = [problem for problem in unpublished(catalogue, published) if "not published yet" not in problem.reason]
    if problems:
        raise CatalogueError(tuple(problems))
    grown = {place: dict(versions) for place, versions in published.items()}
    for text in catalogue.all_texts():
        grown.setdefault((text.language, text.id), {})[text.version] = text.body
    return MappingProxyType(grown)


def unpublished(catalogue: Catalogue, published: Published) -> tuple[Problem, ...]:
    """Return the texts whose words differ from those published under their version."""
    reasons = ((text, _difference(text, published.get((text.language, text.id), {}))) for text in catalogue.all_texts())
    return tuple(Problem(file_of(text), key_of(text), reason) for text, reason in reasons if reason)


def _difference(text: Text, versions: Mapping[int, str]) -> str | None:
    newest = max(versions, default=0)
    if text.version > newest + 1:
        return f"version {text.version} skips version {newest + 1}"
    if text.version > newest:
        return f"version {text.version} is not published yet: append it to {FILE}"
    if text.version < newest:
        return f"version {text.version} is older than the published version {newest}"
    if versions[text.version] != text.body:
        return f"its words changed since version {newest} was published: give it version {newest + 1}"
    return None


def words_sent(published: Published, language: str, text_id: str, version: int) -> str:
    """Return the words of a version, with its placeholders; KeyError if it was never published."""
    return published[language, text_id][version]


def as_toml(published: Published) -> str:
    """Return the record as the contents of `published.toml`, one line per text, in a stable order."""
    lines = [_HEADER]
    for language in sorted({language for language, _ in published}):
        lines.append(f"[{language}]\n")
        lines.extend(
            f"{json.dumps(text_id)} = {{ {_versions(versions)} }}\n"
            for (spoken, text_id), versions in sorted(published.items())
            if spoken == language
        )
        lines.append("\n")
    written = "".join(lines).rstrip() + "\n"
    tomllib.loads(written)  # JSON and TOML quote alike except for some control characters: fail here, not at loading
    return written


def _versions(versions: Mapping[int, str]) -> str:
    return ", ".join(
        f"{version} = {json.dumps(words, ensure_ascii=False)}" for version, words in sorted(versions.items())
    )

"""The packaged library, loaded once, and copies of it to break."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import content
from content.catalogue import Catalogue, load_catalogue
from content.published import Published
from content.rules import LintRules, load_rules

PACKAGED = Path(content.__file__).parent

Broken = Callable[[str, str, str], Path]
"""(file, words in it, words instead) to the folder of a copy of the library that is broken in this one place."""


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def rules() -> LintRules:
    return load_rules()


@pytest.fixture
def copy_of_library(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGED, tmp_path / "library", ignore=shutil.ignore_patterns("*.py", "__pycache__", "lexicon"))
    return tmp_path / "library"


@pytest.fixture
def broken(copy_of_library: Path) -> Broken:
    def break_in(file: str, words: str, instead: str) -> Path:
        place = copy_of_library / file
        before = place.read_text(encoding="utf-8")
        assert words in before, f"{file} no longer has {words!r}"
        place.write_text(before.replace(words, instead, 1), encoding="utf-8")
        return copy_of_library

    return break_in


def as_published(catalogue: Catalogue) -> Published:
    """A record in which every text, as it is, has just been published; the words of versions before do not matter."""
    return {
        (text.language, text.id): dict.fromkeys(range(1, text.version), "earlier words") | {text.version: text.body}
        for text in catalogue.all_texts()
    }

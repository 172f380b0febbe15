"""The public interface of the library: load it, look things up, fill in a text.

catalogue = load_catalogue()
text = catalogue.texts_for("recorded_score", "en")[0]
render(text, score="4")
"""

from typing import Any

from content.clinic import with_clinic
from content.entries import (
    Catalogue,
    CatalogueError,
    MessageKey,
    Placeholder,
    Problem,
    Programme,
    SafetyLines,
    Slot,
    Strategy,
    Text,
    as_theirs,
    language_of,
)
from content.guide import GuideHeading, guide_headings
from content.loading import load_catalogue
from content.published import load_published, publish, words_sent
from content.rendering import RenderError, placeholders_in, render, render_with
from content.segments import count

__all__ = [
    "Catalogue",
    "CatalogueError",
    "GuideHeading",
    "MessageKey",
    "Placeholder",
    "Problem",
    "Programme",
    "RenderError",
    "SafetyLines",
    "Slot",
    "Strategy",
    "Text",
    "as_theirs",
    "guide_headings",
    "language_of",
    "listing",
    "load_catalogue",
    "load_published",
    "placeholders_in",
    "publish",
    "render",
    "render_with",
    "with_clinic",
    "words_sent",
]


def listing(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return what `coach content list --json` prints: one entry per strategy, with the segments of each text."""
    return [
        {
            "id": strategy.id,
            "guide_heading": strategy.guide_heading,
            "acts_on": strategy.acts_on,
            "offered": strategy.offered,
            "exclude": list(strategy.exclude),
            "abstains": strategy.abstains,
            "asked": {language: text.body for language, text in strategy.asked.items()},
            "citation": strategy.citation,
            "reviewer": strategy.reviewer,
            "texts": {language: [_listed(text) for text in texts] for language, texts in strategy.texts.items()},
        }
        for strategy in catalogue.strategies.values()
    ]


def _listed(text: Text) -> dict[str, object]:
    return {
        "text": text.body,
        "segments": count(text.body).parts,
        "version": text.version,
        "exclude": list(text.exclude),
    }

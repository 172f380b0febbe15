"""Which policy and which tags a person gets: a randomized policy only with their consent to it. Pure."""

from collections.abc import Iterable

from content.catalogue import Catalogue

# The names that `schedules.decisions.policies` computes.
WITHOUT_CONSENT = "rotation"
RANDOMISED = ("micro-randomised", "adaptive")
POLICY_NAMES = (WITHOUT_CONSENT, *RANDOMISED)
NOT_RANDOMISED = "on rotation, because no consent to be randomized is recorded"


def policy_for(wanted: str, current: str | None, *, agreed: bool) -> str:
    """Return the policy to use: a randomized one only with consent, or for people who are on a randomized one already.

    Those may have been enrolled before this consent was recorded.
    """
    return wanted if agreed or wanted not in RANDOMISED or current in RANDOMISED else WITHOUT_CONSENT


def tags_that_allow(catalogue: Catalogue) -> list[str]:
    """List every tag that some step needs."""
    return sorted({tag for strategy in catalogue.strategies.values() for tag in strategy.needs})


def tags_that_bar(catalogue: Catalogue) -> list[str]:
    """List every tag that bars steps."""
    return sorted(catalogue.exclusion_tags())


def with_tags(
    catalogue: Catalogue, tags: Iterable[str], exclude: Iterable[str], more: Iterable[str], less: Iterable[str] = ()
) -> tuple[list[str], list[str]]:
    """Return a person's tags and exclusions with some tags more and others less.

    A tag that steps need is stored with the tags, one that bars steps with the exclusions.
    """
    allowing, barring = tags_that_allow(catalogue), tags_that_bar(catalogue)
    given, gone = set(more), set(less)
    return (
        sorted({*tags, *given.intersection(allowing)} - gone),
        sorted({*exclude, *given.intersection(barring)} - gone),
    )

"""The weekly summary as JSON, CSV and text. Pure."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from coach.adherence.counts import SCORES_NEEDED, STEPS_ASKED, Counts
from coach.adherence.reasons import REASONS
from coach.adherence.triage import STATUSES, Summary
from coach.safe_csv import SafeWriter
from coach.summaries.totals import Totals, week_totals
from schedules.timing.local_time import dates_of_week


def as_json(week: str, summaries: Sequence[Summary]) -> dict[str, Any]:
    """Return the summary as JSON; everything beyond the participants is under `totals`."""
    monday, sunday = dates_of_week(week)
    tally = week_totals(summaries)
    return {
        "week": week,
        "starts_on": monday.isoformat(),
        "ends_on": sunday.isoformat(),
        "participants": [
            {
                "id": summary.participant_id,
                **counts_as_json(summary.counts),
                "status": summary.judgement.status,
                "reasons": list(summary.judgement.reasons),
            }
            for summary in summaries
        ],
        "totals": {
            **totals_as_json(tally.everyone),
            "coaches": [{"id": id, **totals_as_json(totals)} for id, totals in _in_order(tally.coaches)],
            "clinics": [{"id": id, **totals_as_json(totals)} for id, totals in _in_order(tally.clinics)],
            "programmes": [{"id": id, **totals_as_json(totals)} for id, totals in _in_order(tally.programmes)],
        },
    }


def _in_order(groups: Mapping[Any, Totals]) -> list[tuple[object, Totals]]:
    """Sort by id; those without a coach come last."""
    return sorted(groups.items(), key=lambda one: (one[0] is None, one[0]))


def totals_as_json(totals: Totals) -> dict[str, object]:
    """Return participants, counts, rates, means, statuses, and why nothing was asked."""
    return {
        "participants": totals.participants,
        **counts_as_json(totals.counts),
        "statuses": {status: totals.statuses[status] for status in STATUSES if totals.statuses[status]},
        "not_prompted_for": dict(sorted(totals.not_prompted_for.items())),
    }


def counts_as_json(counts: Counts) -> dict[str, int | float | None]:
    """Return counts, rates and means; null where nothing was asked."""
    names = ("prompted", "answered", *STEPS_ASKED, "undelivered", "not_prompted", "steps_asked")
    return {
        **{name: getattr(counts, name) for name in names},
        "response_rate": counts.response_rate,
        "adherence_strict": counts.adherence_strict,
        "adherence_observed": counts.adherence_observed,
        "score_mean": counts.score_mean,
        "score_n": counts.score_n,
        "baseline_mean": counts.baseline_mean,
        "baseline_n": counts.baseline_n,
    }


def as_csv(week: str, summaries: Sequence[Summary]) -> str:
    """Return CSV with a heading and one row per participant; cells are empty where nothing was asked."""
    return "".join(csv_parts(week, [summaries]))


def csv_parts(week: str, batches: Iterable[Sequence[Summary]]) -> Iterator[str]:
    """Yield CSV as `as_csv` returns it: the heading, then the rows of each batch."""
    yield _rows_as_csv([("week", "id", *counts_as_json(Counts()), "status", "reasons")])
    for batch in batches:
        yield _rows_as_csv(_cells(week, summary) for summary in batch)


def _cells(week: str, summary: Summary) -> list[str | int]:
    values = counts_as_json(summary.counts).values()
    cells = ["" if value is None else f"{value:.4g}" if isinstance(value, float) else value for value in values]
    judgement = summary.judgement
    return [week, summary.participant_id, *cells, judgement.status, "; ".join(judgement.reasons)]


def _rows_as_csv(rows: Iterable[Sequence[str | int]]) -> str:
    out = io.StringIO(newline="")
    writer = SafeWriter(out)
    for row in rows:
        writer.writerow(row)
    return out.getvalue()


def as_text(week: str, summaries: Sequence[Summary], before: Mapping[str, tuple[int, Counts]] | None = None) -> str:
    """Return text for a terminal: those who need attention first, then totals, with counts beside rates.

    `before` holds the totals of earlier weeks by week.
    """
    monday, sunday = dates_of_week(week)
    lines = [f"Week {week}, {monday:%a %d %b} to {sunday:%a %d %b %Y}: {len(summaries)} participants", ""]
    for summary in sorted(summaries, key=lambda one: (one.judgement.rank, one.participant_id)):
        counts = summary.counts
        lines.append(
            f"{summary.participant_id:>6}  {STATUSES[summary.judgement.status]:<16}  "
            f"answered {counts.answered} of {counts.prompted}, steps {counts.done} of {counts.steps_asked}, "
            f"legs {mean_in_words(counts.score_mean, counts.score_n)}"
        )
        lines += [f"        - {reason}" for reason in summary.judgement.reasons]
        if summary.not_prompted_for:
            lines.append(f"        - not asked on {counts.not_prompted}: {why_in_words(summary.not_prompted_for)}")
    whole = week_totals(summaries).everyone
    lines += ["", f"Everyone: {totals_in_words(whole.counts)}."]
    if whole.not_prompted_for:
        lines.append(f"Not asked: {why_in_words(whole.not_prompted_for)}.")
    for earlier, (people, counts) in (before or {}).items():
        lines.append(f"{earlier}, {people} participants: {totals_in_words(counts)}.")
    return "\n".join(lines)


def totals_in_words(counts: Counts) -> str:
    """Word the rates with their counts, and what the denominators leave out."""
    return (
        f"answered {percent(counts.answered, counts.prompted)}, "
        f"steps done {percent(counts.done, counts.steps_asked)} of those asked, "
        f"{percent(counts.done, counts.done + counts.not_done)} of those answered; "
        f"{counts.undelivered} not delivered, {counts.not_prompted} not asked"
    )


def why_in_words(reasons: Mapping[str, int]) -> str:
    """Word the reasons, as in `3 paused, 1 the system was down`."""
    by_words = Counter[str]()
    for reason, count in reasons.items():
        by_words[REASONS[reason].evening if reason in REASONS else reason] += count
    return ", ".join(f"{count} {words}" for words, count in by_words.most_common())


def week_in_words(week: str, *, year: bool = False) -> str:
    """Name a week by its dates: `Nov 16–22`, `Nov 30–Dec 6`, and with the year `Nov 16–22, 2026`."""
    monday, sunday = dates_of_week(week)
    last = f"{sunday.day}" if sunday.month == monday.month else f"{sunday:%b} {sunday.day}"
    return f"{monday:%b} {monday.day}–{last}" + (f", {sunday.year}" if year else "")


def percent(part: int, whole: int) -> str:
    """Word a rate, as in `71% (5 of 7)`."""
    return f"{100 * part / whole:.0f}% ({part} of {whole})" if whole else "none asked"


def mean_in_words(mean: float | None, nights: int) -> str:
    """Word a mean, if there are enough nights for one."""
    if mean is None or nights < SCORES_NEEDED:
        return f"not enough nights ({nights} of {SCORES_NEEDED})"
    return f"{mean:.1f} over {nights} nights"

"""The weekly summary as JSON, CSV and text. Pure."""

import io
from collections.abc import Sequence
from typing import Any

import defusedcsv.csv

from coach.adherence import SCORES_NEEDED, Counts
from coach.triage import STATUSES, Summary, totals
from schedules.local_time import dates_of_week


def as_json(week: str, summaries: Sequence[Summary]) -> dict[str, Any]:
    """The summary in the shape that scripts rely on ."""
    monday, sunday = dates_of_week(week)
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
        "totals": {"participants": len(summaries), **counts_as_json(totals(summaries))},
    }


def counts_as_json(counts: Counts) -> dict[str, int | float | None]:
    """Counts, rates and means; null where nothing was asked."""
    names = ("prompted", "answered", "done", "not_done", "no_reply", "undelivered", "not_prompted", "steps_asked")
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
    """One row a participant, under headings; empty where nothing was asked."""
    columns = ("week", "id", *counts_as_json(Counts()), "status", "reasons")
    out = io.StringIO(newline="")
    writer = defusedcsv.csv.writer(out)
    writer.writerow(columns)
    for summary in summaries:
        told = counts_as_json(summary.counts).values()
        cells = ["" if value is None else f"{value:.4g}" if isinstance(value, float) else value for value in told]
        judgement = summary.judgement
        writer.writerow([week, summary.participant_id, *cells, judgement.status, "; ".join(judgement.reasons)])
    return out.getvalue()


def as_text(week: str, summaries: Sequence[Summary]) -> str:
    """For a terminal: those who need someone first, then the totals; a count beside every rate."""
    monday, sunday = dates_of_week(week)
    lines = [f"Week {week}, {monday:%a %d %b} to {sunday:%a %d %b %Y}: {len(summaries)} participants", ""]
    for summary in sorted(summaries, key=lambda one: (one.judgement.rank, one.participant_id)):
        counts = summary.counts
        lines.append(
            f"{summary.participant_id:>6}  {STATUSES[summary.judgement.status]:<13}  "
            f"answered {counts.answered} of {counts.prompted}, steps {counts.done} of {counts.steps_asked}, "
            f"legs {mean_in_words(counts.score_mean, counts.score_n)}"
        )
        lines += [f"        - {reason}" for reason in summary.judgement.reasons]
    whole = totals(summaries)
    lines += [
        "",
        f"Everyone: answered {percent(whole.answered, whole.prompted)}, "
        f"steps done {percent(whole.done, whole.steps_asked)} of those asked, "
        f"{percent(whole.done, whole.done + whole.not_done)} of those answered; "
        f"{whole.undelivered} not delivered, {whole.not_prompted} not asked.",
    ]
    return "\n".join(lines)


def percent(part: int, whole: int) -> str:
    """`71 % (5 of 7)`, or that nothing was asked."""
    return f"{100 * part / whole:.0f} % ({part} of {whole})" if whole else "none asked"


def mean_in_words(mean: float | None, nights: int) -> str:
    """A mean only where there are nights enough for one."""
    if mean is None or nights < SCORES_NEEDED:
        return f"not enough nights ({nights} of {SCORES_NEEDED})"
    return f"{mean:.1f} over {nights} nights"

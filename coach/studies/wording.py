"""The report of a study as a text. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

FLOW = ("invited", "confirmed", "randomized", "stopped", "ended", "analysed")
SENSITIVITY = {
    "without_controls": "Without controls",
    "delivered_only": "Without evenings whose text did not arrive",
    "missing_with_step_1_point_worse": "Missing scores as their arm's mean, with a step 1 point worse",
    "answered": "Who answered (share of nights)",
}


HASHES = {
    True: "hold",
    False: "DO NOT HOLD: the registration was changed",
    None: "cannot be checked without the time of registration",
}


def as_text(report: Mapping[str, Any]) -> str:
    """Return the report for a reader."""
    study, baseline, deviations = report["study"], report["baseline"], report["deviations"]
    registered_at = study["registered_at"] or "at a time that is not told"
    registered = HASHES[study["hashes_hold"]]
    cut = f" Without {study['cut']}, as in a de-identified export of today." if study["cut"] else ""
    languages = ", ".join(f"{name} {count}" for name, count in baseline["language"].items())
    lines = [
        f"Study of program {study['programme']}, policy {study['policy']}, registered {registered_at}.{cut}",
        f"SHA-256 of the protocol {study['protocol_sha256']}; the hashes {registered}.",
        "",
        "Flow: " + ", ".join(f"{name} {report['flow'][name]}" for name in FLOW),
        f"Baseline: {baseline['people']} people ({languages}); score {_number(baseline['score_mean'])} "
        f"(SD {_number(baseline['score_sd'])}), {baseline['score_missing']} without one.",
        "",
        "Evenings                  drawn  delivered  not delivered  scored  missing",
        *(_arm(name, one) for name, one in report["arms"].items()),
        "",
        f"Primary analysis, any step for the same night against none: {_estimate(report['primary'])}",
        *(f"{words}: {_estimate(report['sensitivity'][name])}" for name, words in SENSITIVITY.items()),
        "",
        *_deviations(deviations),
        "For single steps (exploratory) export the clinic and run 'coach effects'.",
    ]
    return "\n".join(lines)


def _arm(name: str, one: Mapping[str, object]) -> str:
    share = "" if one["missing_share"] is None else f" ({one['missing_share']:.0%})"
    return (
        f"  {name:<22} {one['drawn']:>6} {one['delivered']:>10} {one['not_delivered']:>14} {one['scored']:>7} "
        f"{one['missing']:>8}{share}"
    )


def _estimate(one: Mapping[str, object]) -> str:
    nights = f"{one['step_nights']} and {one['none_nights']} nights of {one['people']} people"
    if one["estimate"] is None:
        return f"no estimate ({one['note']}; {nights})."
    p = "" if one["p"] is None else f", p = {one['p']:.4f}"
    return f"{one['estimate']:+.3f}, 95% interval {one['ci_low']:+.3f} to {one['ci_high']:+.3f}{p} ({nights})."


def _deviations(found: Mapping[str, Any]) -> Iterator[str]:
    for title, name in (("Evenings without a draw", "not_drawn"), ("Texts not arrived", "texts_not_arrived")):
        yield f"{title}: {', '.join(f'{reason} {count}' for reason, count in found[name].items()) or 'none'}."
    changes = [" ".join(map(str, one.values())) for one in found["clinic_changes"]]
    yield f"Changes of the clinic's own program or policy since: {'; '.join(changes) or 'none'}."
    yield f"People whose program or policy changed after their first draw: {found['people_whose_policy_changed']}."


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"

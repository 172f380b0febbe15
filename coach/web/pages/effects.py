"""The Effects page: what each step does, who goes on answering, and the export for those who have the right to it.

Nothing is computed here: the figures are a week's, stored by the worker (`coach.effects.report_jobs`).
"""

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from coach.accounts.clinics import find_clinic_in_scope, list_clinics
from coach.accounts.own_settings import may_export
from coach.effects.outlook import DAYS, NOTHING, PEOPLE, SIZES, nights_needed, weeks_in_words
from coach.effects.outlook import from_json as from_stored
from coach.effects.plain_words import LITTLE, SAID, TOO_EARLY, chance, difference, level, ranked, tipping
from coach.effects.report_jobs import Stored, find_figures, list_reports
from coach.effects.results import SCORE, Estimate, Report, Stratum
from coach.effects.wording import changed_replies, in_order, other_conclusions, said, set_name, sets_from_json
from coach.export.study_files import load_studies
from coach.summaries.formats import percent
from coach.web.charts.effect_charts import Bounds, forest_chart, score_bars, share_chart
from coach.web.language.locale import of_kind
from coach.web.sign_in.access import for_roles, signed_in
from coach.web.sign_in.fresh import fresh
from coach.web.site import site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction
from schedules.decisions.policies import NONE

effects = Blueprint("effects", __name__, url_prefix="/effects")
READERS = ("lead", "researcher", "admin")
WITH_BODIES = ("lead",)
UNCLEAR = (SAID[LITTLE], TOO_EARLY)  # behind a line each
# About five seconds of work. The operator makes a larger one with `coach export`.
MOST_CHECK_INS = 20_000
FIXED = (1980, 1, 1, 0, 0, 0)  # the same database gives the same bytes, in a zip file too


@effects.get("/")
@for_roles(*READERS)
def index() -> str:
    """The latest figures of a programme: the one asked for, or the first."""
    with read_transaction(site().runtime.engine) as connection:
        reports = list_reports(connection, signed_in().clinics)
        shown = _chosen(reports)
        figures = find_figures(connection, shown) if shown else None
        clinics = list_clinics(connection, signed_in().clinics)
        exports = may_export(connection, signed_in().id)
        studies = load_studies(connection, signed_in().clinics)
    told = {} if figures is None or shown is None else _told(figures, shown.week)
    return render_template(
        "effects.html",
        reports=reports,
        shown=shown,
        clinics=clinics,
        studies=studies,
        may_export=exports,
        with_bodies=signed_in().role in WITH_BODIES,
        programme=_programme_name(shown) if shown else "",
        programme_name=_programme_name,
        **told,
    )


def _chosen(reports: list[Stored]) -> Stored | None:
    clinic, programme = request.args.get("clinic", type=number), request.args.get("programme")
    if clinic is None and programme is None:
        return reports[0] if reports else None
    found = [one for one in reports if clinic in (None, one.clinic_id) and programme in (None, one.programme)]
    return found[0] if found else abort(404)


def _programme_name(report: Stored) -> str:
    known = site().runtime.catalogue.programmes.get(report.programme)
    return of_kind(known.title) if known else report.programme


def _told(figures: dict[str, Any], last_week: str) -> dict[str, object]:
    """What the template shows, with the drawings. The week in which it was computed is not over, and left out."""
    weeks = [one for one in figures["weeks"] if one["week"] <= last_week]
    found = sets_from_json(figures["effects"])
    return {
        "sets": [_set(stratum, report, len(found) > 1) for stratum, report in found],
        "drawn": figures.get("drawn"),
        "figures": figures,
        "weeks": weeks,
        "adherence": _adherence(weeks),
        "retention": _retention(figures["retention"]),
        "scores": _scores(figures["scores"]),
        "simulated": _simulated(figures.get("outlook")),
        "percent": percent,
    }


def _set(stratum: Stratum, report: Report, named: bool) -> dict[str, object]:
    """One set of estimates: all steps together for everyone, each alone for researchers."""
    effects = report.effects
    steps = [(_title(one.strategy), one, *_conclusion(report, one)) for one in ranked(report)]
    return {
        "name": set_name(stratum) if named else "",
        "effects": effects,
        "steps": steps,
        "telling": [one for one in steps if one[2] not in UNCLEAR],
        "untold": [(words, found) for words in UNCLEAR if (found := [one for one in steps if one[2] == words])],
        "forest": _forest(report),
        "alone": [(_title(one.strategy), one, said(one, SCORE)) for one in in_order(effects)],
        "estimated": sum(one.estimate is not None for one in effects.strategies),
        "tipping": [(_title(strategy) if strategy else "", words) for strategy, words in tipping(report)],
        "changed_replies": [_title(one.strategy) for one in changed_replies(report.reply_rate)],
        "other_without_controls": _titles(other_conclusions(effects, report.without_controls)),
        "other_weighted": _titles(other_conclusions(effects, report.weighted)) if report.weighted else [],
    }


def _conclusion(report: Report, one: Estimate) -> tuple[str, str]:
    """What can be said, and the numbers behind it."""
    pooled = report.pooled.get(one.strategy)
    return (level(pooled), f"{difference(pooled, one.reference)}; {chance(pooled)}") if pooled else (TOO_EARLY, "")


def _simulated(told: dict[str, object] | None) -> dict[str, object] | None:
    """The present programme, as made-up people live through it; None in reports from before there was one."""
    if not told:
        return None
    outlook = from_stored(told)
    steps = [
        (_title(one.strategy), one, [weeks_in_words(one, outlook, size) for size in SIZES]) for one in outlook.steps
    ]
    return {
        "outlook": outlook,
        "steps": steps,
        "nights": [nights_needed(outlook, size) for size in SIZES],
        "made_up": PEOPLE,
        "days": DAYS,
        "withheld": outlook.without.get(NONE),
        "nothing": outlook.without.get(NOTHING),
    }


def _title(strategy: str) -> str:
    known = site().runtime.catalogue.strategies.get(strategy)
    return of_kind(known.title) if known else strategy


def _titles(strategies: list[str]) -> list[str]:
    return [_title(one) for one in strategies]


def _forest(report: Report) -> str | None:
    pooled = ((one.strategy, report.pooled.get(one.strategy)) for one in ranked(report))
    rows: list[Bounds] = [(_title(name), one.ci_low, one.estimate, one.ci_high) for name, one in pooled if one]
    described = "Each step's estimate as a point and its 95% interval as a line, around a dashed line of no difference."
    return forest_chart(tuple(rows), "Effect of offering a step on the night's score", described) if rows else None


def _adherence(weeks: list[dict[str, Any]]) -> str | None:
    answered = tuple((one["week"][5:], one["answered"] / one["prompted"]) for one in weeks if one["prompted"])
    done = tuple((one["week"][5:], one["done"] / one["steps_asked"]) for one in weeks if one["steps_asked"])
    lines = tuple((name, points) for name, points in (("answered", answered), ("steps done", done)) if points)
    described = "By week: the share of check-ins answered, and the share of steps done."
    return share_chart(lines, "Check-ins answered and steps done, by week", described) if lines else None


def _retention(weeks: list[dict[str, Any]]) -> str | None:
    points = tuple((str(one["week"]), one["answering"] / one["people"]) for one in weeks)
    described = "By week since each person's start: the share of people who answered at least once that week."
    return share_chart((("still answering", points),), "Who is still answering", described) if points else None


def _scores(counts: list[int]) -> str | None:
    described = "The number of nights with each leg score from 0 to 10."
    return score_bars(tuple(counts), "Scores of all nights", described) if any(counts) else None


@effects.post("/export")
@for_roles(*READERS)
@fresh
def download() -> Response:
    """A clinic's export as one zip file, for those with the right to it; researchers get it without identity."""
    from coach.export.write_export import check_ins_of, export_clinic  # noqa: PLC0415  (Parquet is slow to load)

    deidentified = request.form.get("what") != "all"
    clinic_id = request.form.get("clinic", type=number)
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        allowed = find_clinic_in_scope(connection, signed_in().clinics, clinic_id)
        exports = may_export(connection, signed_in().id)
    if allowed is None or not exports or not (deidentified or signed_in().role in WITH_BODIES):
        abort(403)
    if (count := check_ins_of(runtime.engine, allowed)) > MOST_CHECK_INS:
        flash(f"{count} check-ins are too many to export here. Ask the operator to run 'coach export'.", "error")
        return redirect(url_for("effects.index"), code=303)
    with TemporaryDirectory(prefix="rls-coach-") as folder:
        export_clinic(runtime, allowed, Path(folder), signed_in().email, deidentified=deidentified)
        packed = _zipped(Path(folder))
    name = f"rls-coach-export-{'deidentified' if deidentified else 'with-texts'}.zip"
    return send_file(packed, "application/zip", as_attachment=True, download_name=name)


def _zipped(folder: Path) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.iterdir()):
            file.writestr(zipfile.ZipInfo(path.name, FIXED), path.read_bytes(), zipfile.ZIP_DEFLATED)
    packed.seek(0)
    return packed

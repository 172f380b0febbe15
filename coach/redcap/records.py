"""Turn REDCap's records into a roster, and nights and weeks into REDCap's records. Pure."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coach.redcap.field_map import FieldMap, Instrument
from schedules.enrolment.roster_file import COLUMNS
from schedules.timing.local_time import dates_of_week, iso_week_of

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NightRow:
    """A night as it is written back."""

    night_on: date
    score: int | None
    habit: bool | None


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A week's stored summary as it is written back."""

    week: str
    counts: Mapping[str, int]
    score_sum: int


@dataclass(frozen=True, slots=True)
class PersonNights:
    """What is written to one record: its name, since when they are enrolled, and their nights and weeks."""

    record: str
    starts_on: date
    nights: Sequence[NightRow]
    weeks: Sequence[WeekRow]


def with_phone(records: Sequence[Record], fields: FieldMap) -> list[Record]:
    """Return the records in which the phone is filled in: rows of repeating instruments leave it empty."""
    return [one for one in records if str(one.get(fields.enrol["phone"]) or "").strip()]


def roster_of(records: Sequence[Record], fields: FieldMap) -> bytes:
    """Return the roster that these records make, a row for each in their order."""
    names = [name for name in COLUMNS if name in fields.enrol or name in fields.constant]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    for one in records:
        cells = {name: str(one.get(field) or "") for name, field in fields.enrol.items()}
        writer.writerow([cells.get(name) or fields.constant.get(name, "") for name in names])
    return out.getvalue().encode()


def written_back(person: PersonNights, fields: FieldMap) -> list[dict[str, str]]:
    """Return the records to import: an instance for each night and week, the same ones every time."""
    written = []
    if fields.night is not None:
        for night in person.nights:
            number = (night.night_on - person.starts_on).days + 2  # the first score is about the night before the start
            written.append(_row(person, fields, fields.night, number, _night_values(night)))
    if fields.week is not None:
        first = dates_of_week(iso_week_of(person.starts_on))[0]
        for week in person.weeks:
            number = (dates_of_week(week.week)[0] - first) // timedelta(weeks=1) + 1
            written.append(_row(person, fields, fields.week, number, _week_values(week)))
    return written


def _row(
    person: PersonNights, fields: FieldMap, instrument: Instrument, number: int, values: Mapping[str, str]
) -> dict[str, str]:
    keys = {
        fields.record: person.record,
        "redcap_repeat_instrument": instrument.name,
        "redcap_repeat_instance": str(number),
    }
    return keys | {field: values[name] for name, field in instrument.fields.items()}


def _night_values(night: NightRow) -> dict[str, str]:
    score = "" if night.score is None else str(night.score)
    done = "" if night.habit is None else str(int(night.habit))
    return {"date": night.night_on.isoformat(), "score": score, "step_done": done}


def _week_values(week: WeekRow) -> dict[str, str]:
    scored = week.counts["score_n"]
    mean = f"{week.score_sum / scored:.2f}" if scored else ""
    return {name: str(count) for name, count in week.counts.items()} | {"week": week.week, "score_mean": mean}

"""The tables of an export: every column, its meaning, and how it is de-identified. Pure.

The data dictionary (docs/reference/data-dictionary.md, and a copy in every export) is generated from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from coach.export.decisions_csv import COLUMNS as DECISION_COLUMNS
from schedules.database.pseudonyms import LONGEST_CUT, OWN_CUTS, SHARED_CUTS


class Rule(StrEnum):
    """What happens to a column in a de-identified export."""

    KEPT = "kept"
    PSEUDONYM = "a pseudonym, the same in every export"
    NUMBERED = "renumbered for each person"
    SHIFTED = "moved by the person's own number of weeks"
    SHIFTED_DATE = "the local date instead, moved likewise"
    SINCE_EVENING = "minutes since their evening time on"
    LEFT_OUT = "left out"


class ColumnKind(StrEnum):
    """The type of a column."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "1 or 0"
    DATE = "date"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. An instant that is counted from an evening names the column with the evening's date."""

    name: str
    kind: ColumnKind
    meaning: str
    rule: Rule = Rule.KEPT
    evening_on: str = ""

    @property
    def deidentified_kind(self) -> ColumnKind:
        """The type it has without identity."""
        kinds = {Rule.SINCE_EVENING: ColumnKind.WHOLE, Rule.SHIFTED_DATE: ColumnKind.DATE}
        return kinds.get(self.rule, self.kind)

    @property
    def rule_in_words(self) -> str:
        """What happens to it without identity, as the dictionary says it."""
        return f"{self.rule} `{self.evening_on}`, local time" if self.evening_on else str(self.rule)


PERSON = Column("participant_id", ColumnKind.TEXT, "the person", Rule.PSEUDONYM)
DECISION = Column("decision_id", ColumnKind.TEXT, "the decision", Rule.NUMBERED)


def _text(name: str, meaning: str, rule: Rule = Rule.KEPT) -> Column:
    return Column(name, ColumnKind.TEXT, meaning, rule)


def _date(name: str, meaning: str) -> Column:
    return Column(name, ColumnKind.DATE, meaning, Rule.SHIFTED)


def _at(name: str, meaning: str, evening_on: str = "") -> Column:
    rule = Rule.SINCE_EVENING if evening_on else Rule.SHIFTED_DATE
    return Column(name, ColumnKind.INSTANT, meaning, rule, evening_on)


def _score(name: str, meaning: str) -> Column:
    return Column(name, ColumnKind.WHOLE, meaning)


PARTICIPANTS = (
    PERSON,
    _text("programme", "the programme they are in; never mix check-in modes in one analysis"),
    _text("cadence", "how often they are texted now"),
    _text("policy", "how their steps are chosen now"),
    _text("status", "invited (has not said YES), active, stopped (opted out) or ended"),
    _text("language", "en, es (as in the US) or es-ES (as in Spain)"),
    _text("time_zone", "IANA name", Rule.LEFT_OUT),
    _text("evening_time", "their own wall time of the evening text", Rule.LEFT_OUT),
    _text("bedtime", "their own, if they gave one", Rule.LEFT_OUT),
    _text("exclude", "exclusion tags, and strategies they must not get, joined by ';'", Rule.LEFT_OUT),
    _text("tags", "tags that some strategies need, joined by ';'", Rule.LEFT_OUT),
    _date("starts_on", "first local date of the programme"),
    _at("ended_at", "when they stopped or the programme ended"),
)
DECISIONS = (
    PERSON,
    DECISION,
    _text("slot", "the programme's slot"),
    _date("local_date", "the person's local date"),
    _at("decided_at", "when it was decided", "local_date"),
    Column("available", ColumnKind.FLAG, "whether a step could be offered, decided before any randomization"),
    _text(
        "unavailable_reason",
        "why not; `coach_chose` if a coach chose the step, `asked_only` if it only asked about the last night",
    ),
    _text("eligible", "strategies that could have been offered, joined by ';'"),
    _text("probabilities", "JSON object of arm to probability as used, `none` included; empty if nothing was drawn"),
    _text("policy", "how the probabilities were made"),
    Column("draw", ColumnKind.NUMBER, "the random number, at least 0 and below 1"),
    _text("action", "what was assigned: a strategy, or `none`; kept even if undelivered"),
    Column("delivered", ColumnKind.FLAG, "whether its text arrived; empty if there was none, or if not known yet"),
    _score("outcome_score", "leg score 0-10 of the night of outcome_on; our own question, not a validated scale"),
    _at("outcome_at", "when that score arrived", "local_date"),
    Column("habit", ColumnKind.FLAG, "whether they say they did the step"),
    _score("prior_score", "the last score known when it was decided"),
    Column("nights_since_start", ColumnKind.WHOLE, "0 on the first night"),
    _text("programme", "the programme they were in; never mix check-in modes in one analysis"),
    _at("policy_since", "since when they were in that programme with that policy; never pool over a change"),
    _text("acts_on", "tonight or tomorrow: the night that the step can act on; empty if there was no step"),
    _date("outcome_on", "the date whose night `outcome_score` is, asked on the day after"),
    _text(
        "tags", "their tags at the time, those that allow steps and those that bar them, joined by ';'", Rule.LEFT_OUT
    ),
)
CHECK_INS = (
    PERSON,
    Column("check_in_id", ColumnKind.TEXT, "the check-in", Rule.NUMBERED),
    _date("asked_on", "local date it was asked on; it is about the night before"),
    _text("state", "done, not_done, no_reply, asked (only the score was asked), undelivered or not_prompted"),
    Column("decision_id", ColumnKind.TEXT, "the step it asked about, if any", Rule.NUMBERED),
    _score("score", "leg score 0-10 of the night before"),
    _at("score_at", "when the score arrived", "asked_on"),
    Column("habit", ColumnKind.FLAG, "whether they say they did the step"),
    _at("habit_at", "when that answer arrived", "asked_on"),
    _text("programme", "the programme they were in; never mix check-in modes in one analysis"),
)
MESSAGES = (
    PERSON,
    Column("message_id", ColumnKind.TEXT, "the text: `out-` or `in-` and a number", Rule.NUMBERED),
    _text("direction", "out (to the person) or in (from them)"),
    _text("kind", "out: nudge, welcome, answer, coach …; in: how it was understood (checkin, opt_out, crisis …)"),
    _at("at", "out: when the provider accepted it, else when it was queued; in: when it arrived", "local_date"),
    _date("local_date", "the person's local date at that instant"),
    _text("state", "out: its delivery state (delivered, undelivered, expired …)"),
    Column("decision_id", ColumnKind.TEXT, "the decision that it carried", Rule.NUMBERED),
    _text("text_id", "which text of the library", Rule.LEFT_OUT),
    Column("text_version", ColumnKind.WHOLE, "its version", Rule.LEFT_OUT),
    _score("score", "in: the score that was understood"),
    Column("habit", ColumnKind.FLAG, "in: the yes or no that was understood"),
    _text(
        "used_as",
        "in: answer (of the open check-in), volunteered (not counted), night_help (asked for help at once) or empty",
    ),
    _text("body", "the body of the text", Rule.LEFT_OUT),
)
TABLES: Mapping[str, tuple[Column, ...]] = {
    "participants": PARTICIPANTS,
    "decisions": DECISIONS,
    "check_ins": CHECK_INS,
    "messages": MESSAGES,
}
DATED_BY = {"decisions": "local_date", "check_ins": "asked_on", "messages": "local_date"}
ONE_ROW = {
    "participants": "a person",
    "decisions": "a decision point at which a step could be offered (the file that `coach effects` reads)",
    "check_ins": "a question asked",
    "messages": "a text to or from a person",
}
if tuple(column.name for column in DECISIONS) != DECISION_COLUMNS:
    raise AssertionError("the decisions table and the decisions file must have the same columns")

STEP_MINUTES = 15  # delays of an evening on which texts went out late would be recognized by the minute
FEWEST = 5  # a value that fewer people share may identify one of them

INTRODUCTION = f"""# Data dictionary

What `coach export DIR` writes: each table as CSV (UTF-8, RFC 4180) and, where PyArrow is installed (the extra
`parquet`), as Parquet with the same rows and columns.
Instants are ISO 8601 in UTC, dates `YYYY-MM-DD` local to the person, flags 1 or 0, and unknown values empty. The same
database produces the same bytes (de-identified: on the same day). No export contains phone numbers, names or coaches'
notes, and none contains erased people. A CSV cell that a spreadsheet could take for a formula is prefixed with an
apostrophe; in Parquet it is not.

With `--deidentified` the last column of each table below applies:

- **Pseudonyms** are keyed (HMAC-SHA256 with a key derived from the installation's secret for this purpose only): the
  same person has the same pseudonym in every export, and nobody without the database can reverse it. Rows are ordered
  by pseudonym, not by enrolment, and records are renumbered for each person, in order of time.
- **The last weeks are cut.** A person's rows end 1 to {LONGEST_CUT} whole weeks before the day of the export, and
  they are shown with the status they had then; whoever began later is listed as `invited`, without dates or other rows.
  Otherwise the last row of everyone who is texted now would be of the day of the export, which tells their true dates.
  The length of the cut comes from the key: one part ({SHARED_CUTS} possible lengths) is the same for everyone, one
  ({OWN_CUTS}) is the person's own, and neither depends on what happened to them. {LONGEST_CUT} weeks after a study's
  last evening, none of it is cut.
- **Dates** of a person are all moved back by the same number of whole weeks, 1 to {LONGEST_CUT + 51}, derived from the
  key. Weekdays, intervals between a person's dates, and `nights_since_start` are preserved; season, holidays and the
  order between people are not.
- **Instants** are left out, because the hour in UTC tells when the clocks change, and so the true date. Instead there
  are minutes between the person's evening time on a date of the same row and the wall clock they live by, cut down to
  a multiple of {STEP_MINUTES}: `-60` is an hour before their evening text is due. They are negative before the evening
  and more than 1440 on later days. The columns keep their names. Where only the date matters, it is the local date.
- **Bodies** of texts, time zone, evening time, bedtime, exclusions and tags are left out, and which text of the library
  it was: the date on which a text was published is known.
- **`study.json`** has neither the time of the registration nor those of the clinic's changes.

**What still tells true dates.** Someone who knows only the day of the export can do no better than guess among
{SHARED_CUTS} weeks. But someone who knows the true date of anything in a person's rows (the day they began, an evening
on which the clinic's texts failed) knows all dates of that person, and to within {OWN_CUTS} weeks those of everyone
else in the file. So do not publish with the files when a study began or ended, how many evenings were cut, or figures
of all evenings. The protocol in `study.json` is there word for word, with any dates it names.

**Small cells.** De-identified is not anonymous. A language, programme or status that fewer than {FEWEST} people share
may identify one of them, and so may a rare reply or a strategy that was never eligible for someone (`eligible` shows,
for instance, that a warm bath was never offered). The command names such values. Share the files only under an
agreement, publish no count under {FEWEST}, and do not join them with other data about the same people.
"""


def data_dictionary() -> str:
    """Return the data dictionary as Markdown."""
    parts = [INTRODUCTION]
    for table, columns in TABLES.items():
        parts.append(
            f"## {table}\nOne row: {ONE_ROW[table]}.\n\n| column | kind | meaning | de-identified |\n|---|---|---|---|"
        )
        told = ((one.name, one.kind, one.meaning, one.rule_in_words) for one in columns)
        lines = (f"\n| `{name}` | {kind} | {meaning} | {rule} |" for name, kind, meaning, rule in told)
        parts[-1] += "".join(lines) + "\n"
    return "\n".join(parts)

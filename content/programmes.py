"""Reads the programs: who is texted how often, as data."""

from typing import Any, cast

from content.entries import Anchor, Problem, Programme, Slot
from content.fields import Fields, Place, open_fields

FILE = "programmes.toml"


def read_programmes(
    place: Place, languages: tuple[str, ...], problems: list[Problem]
) -> tuple[dict[str, dict[str, str]], dict[str, Programme]]:
    """Read the words for each cadence (cadence to language to title) and the programmes by id."""
    fields = open_fields(place, FILE, problems)
    section = fields.section("cadence_titles")
    titles = {cadence: section.in_each(cadence, languages) for cadence in section.table}
    found = {
        name: _read_programme(name, fields.section(name), languages, tuple(titles))
        for name in fields.table
        if name != "cadence_titles"
    }
    if not found:
        fields.complain("", "has no programme")
    return titles, found


def _read_programme(name: str, fields: Fields, languages: tuple[str, ...], titled: tuple[str, ...]) -> Programme:
    found = Programme(
        id=name,
        title=fields.in_each("title", languages),
        check_in_mode=cast(Any, fields.one_of("check_in_mode", ("evening", "morning"))),
        slots=_read_slots(fields),
        cadences=_read_cadences(fields.section("cadences")),
        default_cadence=fields.words("default_cadence"),
        policy=fields.words("policy"),
        step_down_after=fields.whole("step_down_after", least=1),
        step_down_to=fields.words("step_down_to"),
        taper=_read_taper(fields),
        carry_on_every_days=fields.whole("carry_on_every_days", least=1),
    )
    fields.finish()
    _check_cadences(found, fields, titled)
    _check_slots(found, fields)
    return found


def _read_cadences(fields: Fields) -> dict[str, frozenset[int]]:
    found = {}
    for name in fields.table:
        days = fields.take(name, list, "a list of ISO weekdays", []) or []
        if not days or not all(isinstance(day, int) and 1 <= day <= 7 for day in days):
            fields.complain(name, "must be a list of ISO weekdays, 1 Monday to 7 Sunday")
            days = []
        found[name] = frozenset(days)
    return found


def _read_slots(fields: Fields) -> tuple[Slot, ...]:
    return tuple(_read_slot(slot) for slot in fields.tables("slots"))


def _read_slot(fields: Fields) -> Slot:
    slot = Slot(
        id=fields.words("id"),
        sends_step=fields.flag("sends_step"),
        asks_check_in=fields.flag("asks_check_in"),
        anchor=cast(Anchor, fields.one_of("anchor", ("wall", "bedtime"))),
        offset_minutes=fields.take("offset_minutes", int, "a whole number of minutes", 0) or 0,
        default_time=fields.clock_time("default_time"),
        time_box_minutes=fields.whole("time_box_minutes", least=1),
    )
    fields.finish()
    if not (slot.sends_step or slot.asks_check_in):
        fields.complain("", "neither sends a step nor asks the check-in")
    if slot.anchor == "wall" and slot.default_time is None:
        fields.complain("default_time", "a slot at wall time needs one, for people who chose none")
    return slot


def _read_taper(fields: Fields) -> tuple[tuple[int, str], ...]:
    taper = []
    for step in fields.tables("taper"):
        taper.append((step.whole("after_nights", least=1), step.words("cadence")))
        step.finish()
    if taper != sorted(taper, key=lambda step: step[0]):
        fields.complain("taper", "must be in the order of after_nights")
    return tuple(taper)


def _check_cadences(programme: Programme, fields: Fields, titled: tuple[str, ...]) -> None:
    for name, field in (
        (programme.default_cadence, "default_cadence"),
        (programme.step_down_to, "step_down_to"),
        *((cadence, "taper") for _, cadence in programme.taper),
    ):
        if name not in programme.cadences:
            fields.complain(field, f'"{name}" is not one of its cadences')
    for name in programme.cadences:
        if name not in titled:
            fields.complain("cadences", f'"{name}" has no words in [cadence_titles]')


def _check_slots(programme: Programme, fields: Fields) -> None:
    names = [slot.id for slot in programme.slots]
    if len(set(names)) < len(names):
        fields.complain("slots", "has two slots of the same id")
    # To avoid fatigue, at most one step and one check-in a day.
    for what, count in (
        ("step", sum(slot.sends_step for slot in programme.slots)),
        ("check-in", sum(slot.asks_check_in for slot in programme.slots)),
    ):
        if count > 1:
            fields.complain("slots", f"has {count} texts a day with a {what}; at most 1 is allowed")
    if not any(slot.asks_check_in for slot in programme.slots):
        fields.complain("slots", "never asks the check-in")

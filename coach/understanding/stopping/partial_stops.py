"""Tell a stop with an end, or about a time, from one of all texts."""

from __future__ import annotations

from coach.understanding.languages import Lenses, order_in
from coach.understanding.stopping import stops


def pauses(stop: stops.StopFound, lenses: Lenses) -> bool:
    """Whether a stop with an end ("until Monday", "for now", "tonight's") is really a pause."""
    order = order_in(lenses)
    if order is None or order[1].command.name != "pause":
        return False
    endless = any(lens.find("part", lens.all, ("endless",)) for lens in lenses)  # "not tonight, not ever"
    if endless or any(not lens.lexicon.lists["for_ever"].isdisjoint(lens.words) for lens in lenses):
        return False
    ends = any(not lens.lexicon.lists["pause_ends"].isdisjoint(lens.words) for lens in lenses)
    return stop.limited or ends


def asks_for_a_pause(lenses: Lenses) -> bool:
    """Whether a pause is requested explicitly, and not only implied by being away, as in automatic replies."""
    order = order_in(lenses)
    return order is not None and order[1].command.name == "pause" and not order[1].told


def is_another_time(stop: stops.StopFound, lenses: Lenses) -> bool:
    """Whether a doubtful stop asks for another time, or for fewer texts: "stop at 6, text me at 9"."""
    order = None if stop.sure else order_in(lenses)
    if order is None:
        return False
    name, later = order[1].command.name, order[1].span.start > stop.span.start
    return name == "cadence" or (name == "set_time" and later)

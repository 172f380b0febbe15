"""Compose the reply to a text from the replies that the rules ask for."""

from collections.abc import Sequence

from coach.conversation.gather import Correspondent, StoredText
from coach.conversation.intentions import (
    Confirm,
    Intention,
    Invite,
    OfferStep,
    Reply,
    SetCadence,
    SetLanguage,
    SetTimes,
)
from coach.understanding import Reading, clear_language
from content.catalogue import Catalogue, as_theirs
from content.wording import fill
from schedules.database.encryption import InstallationKeys
from schedules.decisions.eligibility import pick_text
from schedules.timing.quiet_hours import example_time


def compose_answer(
    catalogue: Catalogue,
    keys: InstallationKeys,
    correspondent: Correspondent | None,
    reading: Reading,
    intentions: Sequence[Intention],
    message: StoredText,
) -> str | None:
    """Join the replies into one text; each one's variant is drawn by message id or takes its turn.

    Help lines, whatever stands beside them, and what we say before the welcome is confirmed are in the language that
    somebody clearly wrote in, else in that of their evening texts.
    """
    offered = [one.offer.words for one in intentions if isinstance(one, OfferStep) and one.offer.words]
    replies = [intention for intention in intentions if isinstance(intention, Reply)]
    if not offered and not replies:
        return None
    language, values = _placeholders(correspondent, reading, intentions)
    values |= _asked(catalogue, correspondent, language)
    own = as_theirs(clear_language(message.body) or language, language)
    in_their_own = _is_new(correspondent) or any(map(_are_help_lines, replies))
    said = []
    for reply in replies:
        wanted = own if in_their_own else language
        spoken = wanted if wanted in catalogue.languages else catalogue.languages[0]
        texts = catalogue.texts_for(reply.key, spoken)
        chosen = (
            pick_text(texts, keys.draw(message.sid, reply.key))
            if reply.turn is None
            else texts[reply.turn % len(texts)]
        )
        said.append(fill(catalogue, chosen, values | reply.values))
    return " ".join([*offered, *said])


def _asked(catalogue: Catalogue, correspondent: Correspondent | None, language: str) -> dict[str, str]:
    """Return the question about the step, as the check-in asked it."""
    check_in = correspondent.person.check_in if correspondent else None
    strategy = catalogue.strategies.get(check_in.step or "") if check_in else None
    return {"question": strategy.asked[language].body} if strategy and language in strategy.asked else {}


def _is_new(correspondent: Correspondent | None) -> bool:
    """Whether the welcome is not confirmed yet, so that nobody has chosen a language."""
    return correspondent is not None and correspondent.person.status == "invited"


def _are_help_lines(reply: Reply) -> bool:
    """Whether it is one of a country's safety texts, whose keys end with the country: `crisis.US`."""
    return "." in reply.key


def _placeholders(
    correspondent: Correspondent | None, reading: Reading, intentions: Sequence[Intention]
) -> tuple[str, dict[str, str]]:
    """Return the reply's language and placeholder values, as they will be once the intentions are applied."""
    joined = next((one.join.words.language for one in intentions if isinstance(one, Invite)), None)
    if correspondent is None:
        return joined or reading.language or "en", {}
    confirmed = (
        correspondent.invited[0] if any(isinstance(one, Confirm) for one in intentions) else correspondent.enrolment
    )
    language = joined or correspondent.language
    cadence, evening_at = correspondent.cadence, confirmed.timing.evening_at
    for intention in intentions:
        if isinstance(intention, SetLanguage):
            language = as_theirs(intention.language, correspondent.language)
        elif isinstance(intention, SetCadence):
            cadence = intention.cadence
        elif isinstance(intention, SetTimes):
            evening_at = intention.evening_at or evening_at
    values = {
        "clinic": correspondent.clinic,
        "time": f"{evening_at:%H:%M}",
        "example": f"{example_time(confirmed.timing.bedtime_at, confirmed.timing.quiet):%H:%M}",
        "zone": confirmed.timing.time_zone,
        "cadence": cadence,
    }
    return language, values | ({"contact": correspondent.contact} if correspondent.contact else {})

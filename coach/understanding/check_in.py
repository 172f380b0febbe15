"""Read the check-in answer in a reply: a score, a yes or no, and whether it corrects an earlier one."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from coach.understanding import habit, score, small_intents
from coach.understanding.habit import Habit
from coach.understanding.result import Asked, TextSpan
from coach.understanding.score import Score
from coach.understanding.view import Lens
from coach.understanding.words import numbers
from coach.understanding.words.numbers import Mention
from coach.understanding.words.patterns import PhraseMatch
from coach.understanding.words.tokens import BOUNDARIES, fold


@dataclass(frozen=True)
class CheckInAnswer:
    """The answer to record, and the evidence for it."""

    score: Score
    habit: Habit
    done: bool | None
    corrects: bool
    spans: tuple[TextSpan, ...]
    numbers: Container[str]

    @property
    def any(self) -> bool:
        """Whether there is anything to record."""
        return self.score.value is not None or self.done is not None

    @property
    def at_once(self) -> bool:
        """Whether a named score and the step are told in one breath: "it was a 3 and I did it"."""
        ends = [span.end for span in self.spans if span.kind == "score" and self.score.tier > 0]
        steps = [span.start for span in self.spans if span.kind == "habit" and self.done is not None]
        return any(0 <= start - end <= ONE_BREATH for start in steps for end in ends)


ONE_BREATH = 10  # characters, as in ", and I "


def find(lens: Lens, asked: Asked, hidden: frozenset[int] = frozenset()) -> CheckInAnswer:
    """Read the answer in a reply, ignoring hidden tokens, quotations, questions and whom it addresses."""
    deeds = _own_deeds(lens)
    asked_of_us = [(start, end) for start, end in small_intents.questions(lens) if not _covers(start, end, deeds)]
    asking = {i for start, end in asked_of_us for i in range(start, end)}
    words = lens.hide(hidden.union(asking, small_intents.quoted(lens), small_intents.addressed(lens)))
    found = numbers.mentions(words, lens.lexicon)
    scored = score.choose(found)
    told = habit.choose(_without_numbers(words, found, lens), lens.lexicon, abstains=asked.is_abstention, deeds=deeds)
    if (pair := _pair(words, found, told, lens, asked)) is not None and not scored.corrects and not told.changed:
        mention, answer = pair
        says_yes = answer.label == "bare_yes"
        scored, told = score.choose([mention]), told._replace(done=says_yes, open=False, found=(answer,))
        return CheckInAnswer(
            scored, told, says_yes, False, _spans(lens, found, scored, told, says_yes), lens.lexicon.numbers
        )
    if asked.beside_an_offer and scored.mention is None and _is_about_the_offer(lens.words, told, lens):
        told = told._replace(done=None, open=True, found=tuple(one._replace(label="open") for one in told.found))
    done = told.done
    again = asked is Asked.NONE and scored.value is not None and _states_a_deed(told)
    if not asked.wants_habit and not again and not _tells_unasked(words, found, told, lens):
        done = None  # "walked 3 miles, legs 2" tells of the evening, and "no, 5" to a score is no word on the step
    corrects = scored.corrects or (told.changed and (scored.value is not None or done is not None))
    return CheckInAnswer(scored, told, done, corrects, _spans(lens, found, scored, told, done), lens.lexicon.numbers)


def _covers(start: int, end: int, deeds: Sequence[PhraseMatch]) -> bool:
    """Whether what looks like a question tells of a deed: "y sí me lo aventé" does not ask "what if"."""
    return any(start <= deed.start < end for deed in deeds)


def _own_deeds(lens: Lens) -> list[PhraseMatch]:
    """Find a yes before what the writer did, by the ending of the verb: "sí me lo aventé", whatever the verb.

    Without its accent it may be something else ("si me duele"), and what befell them is no deed ("sí me desperté").
    """
    lists, words, found = lens.lexicon.lists, lens.words, list[PhraseMatch]()
    for at, word in enumerate(words):
        if word not in lists["affirms"]:
            continue
        end = at + 1
        while _word(words, end) in lists["clitics"]:
            end += 1
        verb = _word(words, end)
        written = lens.text[lens.tokens[end].start : lens.tokens[end].end].lower() if verb else ""
        if verb in lists["did_irregular"] or (
            len(verb) > SHORTEST_VERB and written[-1] in lists["did_endings"] and verb not in lists["no_deeds"]
        ):
            found.append(PhraseMatch(at, end + 1, "yes"))
    return found


SHORTEST_VERB = 3  # letters: "mí" and "ahí" are none


def _pair(
    words: Sequence[str], mentions: Sequence[Mention], told: Habit, lens: Lens, asked: Asked
) -> tuple[Mention, PhraseMatch] | None:
    """Find the form our texts ask for, "4 yes" or "4, and no", which is the answer whatever surrounds it.

    It is a number that begins a clause or is named as a score, followed directly by a separate yes or no. Return None
    if there are two such pairs, or another number that could be the score.
    """
    joints, ends = lens.lexicon.lists["pair_joints"], BOUNDARIES | lens.lexicon.lists["pair_ends"]
    bare = {f.start: f for f in told.found if f.label in ("bare_yes", "bare_no")}
    pairs = []
    for mention in mentions:
        begins = mention.start == 0 or words[mention.start - 1] in BOUNDARIES or mention.tier > 0
        if mention.kind != "score" or not begins:
            continue
        at = mention.end
        if _word(words, at) in {",", ".", "/"}:
            at += 1
        if _word(words, at) in joints:
            at += 1
        answer = bare.get(at)
        if answer is None or not _stands_alone(words, answer, ends) or _is_taken_back(words, answer, told):
            answer = _runs_on(words, at, told, lens) if asked.wants_habit or asked is Asked.NONE else None
        if answer is not None:
            pairs.append((mention._replace(tier=score.NAMED), answer))
    if len(pairs) != 1:
        return None
    others = [m for m in mentions if m.start != pairs[0][0].start and m.kind in ("score", "refused")]
    return pairs[0] if all(_is_no_rival(m) for m in others) else None


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if at < len(words) else ""


def _stands_alone(words: Sequence[str], answer: PhraseMatch, ends: Container[str]) -> bool:
    """Whether the yes or no is not the beginning of something else, as in "8 no worries"."""
    return answer.end >= len(words) or words[answer.end] in ends or words[answer.end - 1] in ends


def _runs_on(words: Sequence[str], at: int, told: Habit, lens: Lens) -> PhraseMatch | None:
    """Find a yes or no right after the score that runs on without a comma: "7 yes my legs never stopped".

    A no may belong to what follows ("8 no kicks at all", "4 no se me olvidó"): it counts only before a word that cannot
    be denied by it, or in front of a story. A deed of the writer's own that says the opposite leaves it open.
    """
    lists, word = lens.lexicon.lists, _word(words, at)
    if word not in lists["pair_yes"] and not (
        word in lists["pair_no"] and _begins_a_story(words[at + 1 : at + 4], lens)
    ):
        return None
    says_yes = word in lists["pair_yes"]
    opposite = ("no", "bare_no", "open", "skipped") if says_yes else ("yes", "bare_yes", "open", "not_skipped")
    against = [f for f in told.found if f.label in opposite and f.start > at]
    if any(f.start == at + 1 or words[f.start - 1] not in lists["pair_subjects"] for f in against):
        return None
    return PhraseMatch(at, at + 1, "bare_yes" if says_yes else "bare_no")


def _is_taken_back(words: Sequence[str], answer: PhraseMatch, told: Habit) -> bool:
    """Whether the writer's own deed follows at once and says the opposite: "6 yes i forgot"."""
    at = answer.start + 1
    at += _word(words, at) == "i"
    return any(f.start == at and f.label in ("yes", "no") and f.label != answer.label[5:] for f in told.found)


STORY = 3  # words that make a story: in "no wind blew", the no is an answer


def _begins_a_story(following: Sequence[str], lens: Lens) -> bool:
    lists = lens.lexicon.lists
    if not following or following[0] in lists["after_no"]:
        return bool(following)
    denied = following[0] in lists["no_of"] or following[0].endswith(("ing", "er", "s"))
    told = len(following) == STORY and all(word.isalpha() for word in following)
    return told and bool(lists["no_of"]) and not denied


def _is_no_rival(mention: Mention) -> bool:
    """Whether a number can be ignored: out of range, or among words about something else."""
    return mention.tier == 0 and (
        mention.why == numbers.OUT_OF_RANGE or mention.beside in (*numbers.ASIDE, "weak", "then")
    )


def _tells_unasked(words: Sequence[str], found: Sequence[Mention], told: Habit, lens: Lens) -> bool:
    """Whether the step is mentioned without being asked: after a score, as a correction, or by name."""
    lists = lens.lexicon.lists
    if told.found and _follows_score(found, told):
        said = {word for one in told.found for word in words[one.start : one.end + 1]}
        return told.bare or told.changed or (not told.aside and not lists["step_objects"].isdisjoint(said))
    by_name = not (told.bare or told.aside) and not lists["steps"].isdisjoint(words)
    return told.changed or by_name or not lists["step_names"].isdisjoint(words)


def _states_a_deed(told: Habit) -> bool:
    """Whether it says in words that the step was done: "did the crossword" beside a new score changes both answers."""
    return bool(told.found) and told.done is True and not told.bare and not told.aside


def _is_about_the_offer(words: Sequence[str], told: Habit, lens: Lens) -> bool:
    """Whether a yes or no is about the new step in the same text: "yes please", "sure", "not tonight".

    A deed stated beside it ("yes please. did it") is an answer all the same.
    """
    offers = lens.lexicon.books["offer"].find(words)
    inside = {i for one in offers for i in range(one.start, one.end)}
    stated = (one for one in told.found if not one.label.startswith("bare_"))
    beside_nothing = all(inside.issuperset(range(one.start, one.end)) for one in stated)
    return bool(offers) and told.done is not None and beside_nothing


def _follows_score(numbers_found: Sequence[Mention], told: Habit) -> bool:
    """Whether the yes or no follows a score: "5 yes" answers both, asked or not."""
    if told.found[0].label.startswith("sign"):
        return False
    ends = [m.end for m in numbers_found if m.kind == "score"]
    return bool(ends) and told.found[0].start >= max(ends)


def _without_numbers(words: list[str], found: Sequence[Mention], lens: Lens) -> list[str]:
    """Mask numbers before reading the habit: "7 y no pude" starts a clause after the 7; "not 6" is no "no"."""
    left, lists = list(words), lens.lexicon.lists
    negations = lists["negations"]
    for mention in found:
        if mention.kind != "ignored":
            joined = _word(words, mention.end) in lists["pair_joints"]
            end = mention.end + (joined and _word(words, mention.end + 1) in lists["bare_answers"])
            left[mention.start : end] = [","] * (end - mention.start)
        if _takes_back(words, mention, found, negations):
            left[mention.start - 1] = ","
        if mention.kind == "dropped":
            for i in range(max(0, mention.start - 2), mention.start):
                left[i] = "," if left[i] in negations else left[i]
    return left


def _takes_back(words: Sequence[str], mention: Mention, found: Sequence[Mention], negations: Container[str]) -> bool:
    """Whether the "no" before a number puts it in the place of an earlier one: "lets say 8. no 6"."""
    earlier = any(one.kind in ("score", "refused") and one.end < mention.start for one in found)
    return earlier and mention.kind == "score" and words[mention.start - 1] in negations


def _spans(
    lens: Lens, mentions: Sequence[Mention], scored: Score, told: Habit, done: bool | None
) -> tuple[TextSpan, ...]:
    spans = []
    if scored.mention is not None:
        kind = "another" if scored.why == numbers.ANOTHER else "unclear_score"
        kind = "score" if scored.value is not None else kind
        spans.append(lens.span_of(scored.mention.start, scored.mention.end, kind, scored.why))
    others = [m for m in mentions if m.why == numbers.ANOTHER and m is not scored.mention]
    spans += [lens.span_of(one.start, one.end, "another", one.why) for one in others]
    for found in told.found:
        meaning = found.label.removeprefix("bare_").removeprefix("sign_")
        if done is not None or meaning == "open":
            spans.append(lens.span_of(found.start, found.end, "habit", _MEANING.get(meaning, meaning)))
    return tuple(spans)


_MEANING = {
    "yes": "says the step was done",
    "deed": "tells of something done",
    "no": "says the step was not done",
    "skipped": "says that it was skipped",
    "not_skipped": "says that it was not skipped",
    "open": "neither done nor missed yet",
    "last": "changes an answer",
}


def combine(first: CheckInAnswer, second: CheckInAnswer, first_lens: Lens) -> CheckInAnswer:
    """Fill gaps of the likelier language from the other, as in "4, hecho" among English.

    Only where the likelier language found nothing at all, and only from words it does not know, or a deed that is told.
    """
    done, spans, scored = first.done, first.spans, first.score
    told = _foreign(second, "habit", first_lens) or _is_stated(second, first_lens)
    if done is None and not first.habit.found and second.done is not None and told:
        done, spans = second.done, spans + tuple(s for s in second.spans if s.kind == "habit")
    stated = second.score.tier > 0 or _foreign(second, "score", first_lens)  # "anoche was a 7"
    if scored.mention is None and second.score.value is not None and stated:
        scored, spans = second.score, spans + tuple(s for s in second.spans if s.kind == "score")
    return CheckInAnswer(scored, first.habit, done, first.corrects or second.corrects, spans, first.numbers)


def _is_stated(answer: CheckInAnswer, lens: Lens) -> bool:
    """Whether a deed is told in two words and more, of which another language makes nothing: "didnt do it"."""
    stated = not (answer.habit.bare or answer.habit.aside) and not lens.lexicon.books["habit"].scan(lens.words)
    return stated and any(one.label in ("yes", "no") and one.end - one.start > 1 for one in answer.habit.found)


def _foreign(answer: CheckInAnswer, kind: str, lens: Lens) -> bool:
    """Whether the words an answer was read from are unknown in another language and spelled correctly."""
    spans = [s for s in answer.spans if s.kind == kind]
    inside = [t.text for t in lens.tokens for s in spans if s.start <= t.start and t.end <= s.end]
    if kind == "score" and not all(fold(s.text) in answer.numbers for s in spans):
        return False  # a number word is never guessed at across languages: "pero" is not zero
    return bool(inside) and not all(w in lens.lexicon.known or w[0].isdigit() for w in inside)

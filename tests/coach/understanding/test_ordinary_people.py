"""What ordinary people wrote over two months: no answer, pause, stop or danger that nobody meant; medicines heard."""

import pytest

from coach.understanding import Asked, Intent, understand

NO_STEP_TOLD = [
    *("I'll tell ya tomorrow", "see ya later alligator", "don't ya just love mondays", "ya know what", "how are ya"),
    *("Who are the 4 evenings? sure whatever", "Did the tea instead of the thing", "I'm done"),
    *("lets say 8. no 6. well 7", "no, sigan", "7 up is my only vice, and the answer is nope on caffeine"),
    *("was gonna say 6 but nah", "Happy new year! resolution number 1: no wine", "no no I just meant it as a joke"),
    *("I skip mine on weekends, works fine", "no quiero hacer eso, pero sí tomé café jajaja"),
]
NO_SCORE_GIVEN = [
    *("Happy new year! 2027 here we come, resolution number 1: no wine", "8 is a lot of texts for one week"),
    *("5's my lucky number", "0 clue", "I'd give it a 3 for effort, legs who knows", "was gonna say 6 but nah"),
    *("9/10 would recommend lol", "10 out of 10 for annoying me", "anyway can you text earlier? 8 is my show"),
    *("tuesday 5 wednesday 6 thursday 2", "el lunes 3 el martes 5", "1 leg fine the other one a 7"),
    *("no I mean this morning's night. the 4 was right for the one before", "earlier please, 9 is bedtime"),
]
ANSWERS = {
    "did it, see ya": (None, True),
    "ya 4": (4, True),
    "4 no, sorry, too tired": (4, False),
    "7, no sorry 7 is the time they started. the bad was maybe 4": (4, None),
    "no quiero hacer eso, pero las piernas un 2, y sí tomé café jajaja": (2, None),
    "I sat quiet for my minute like you said, nice. 4": (4, None),
    "I did sit quiet for a minute yes": (None, True),
    "gimme a break lol. 3": (3, None),
    "my dog died so no i didnt walk. 9 again": (9, False),
    "too quiet here since she died. 6": (6, None),
}
NO_PAUSE = [
    *("I did sit quiet for a minute yes", "I take a break from knitting every hour, does that count"),
    *(
        "gimme a break lol. 3",
        "necesito un descanso de mis piernas",
        "I sat quiet for my minute like you said, nice. 4",
    ),
]
PAUSES = ["gimme a break for a week", "necesito un descanso", "quiet for a week please", "quiero dejarlo para enero"]
NO_STOP = ["not now", "ahora no", "you people dont read these do you", "are you still there? no texts since xmas"]
NO_DANGER = [
    *("my husband wont be quiet long enough for that one", "I don't do that one anymore. no one does"),
    *("ya know what, no pain no gain", "No no no I just meant it as a joke", "10 out of 10 for annoying me"),
    *("stop sending me the suicide number!!", "I'm not dead you know", "I skip mine on weekends, works fine"),
    "se murió mi tía, no voy a estar esta semana",
]
DANGER = [
    *(
        "no one would miss me",
        "nobody cares",
        "I wish I was dead, no pain no gain",
        "I took all my pills, just as a joke",
    ),
    "stop, I dont need the suicide hotline, I took them all already",
]
FOR_A_CLINICIAN = [
    *("la comadre me dio unas pastillas de ella y dormí, un 1, sí", "¿cuántas puedo?", "my pee was red lol. 2"),
    *(
        "neighbor gave me one of her pills, slept like a baby. 0 yes",
        "tried one of his pills",
        "orina roja salió hoy, 3",
    ),
    *("the pills make me so sleepy I slept through your text haha", "las pastillas me dan mucho sueño"),
]
HELP_WITH_LEGS = ["legs legs legs!!", "they are at it again", "cant sleep", "otra vez las piernas", "no puedo dormir"]


@pytest.mark.parametrize("text", NO_STEP_TOLD)
def test_no_word_on_the_step_is_taken(text: str) -> None:
    assert understand(text).habit is None


@pytest.mark.parametrize("text", NO_SCORE_GIVEN)
def test_no_score_is_taken(text: str) -> None:
    assert understand(text).score is None


@pytest.mark.parametrize(("text", "expected"), ANSWERS.items())
def test_answers_are_read(text: str, expected: tuple[int | None, bool | None]) -> None:
    found = understand(text)
    assert (found.score, found.habit) == expected


@pytest.mark.parametrize("text", NO_PAUSE)
def test_no_pause_is_read_from_a_break_of_their_own(text: str) -> None:
    assert understand(text).intent is not Intent.PAUSE


@pytest.mark.parametrize("text", PAUSES)
def test_a_pause_is_still_one(text: str) -> None:
    assert understand(text).intent is Intent.PAUSE


@pytest.mark.parametrize("text", NO_STOP)
def test_small_talk_and_missed_texts_are_no_stop(text: str) -> None:
    assert understand(text).stop == "no"


@pytest.mark.parametrize("text", NO_DANGER)
def test_what_only_sounds_like_danger_is_none(text: str) -> None:
    found = understand(text, name="Joan")
    assert found.intent is not Intent.CRISIS
    assert not found.worrying


@pytest.mark.parametrize("text", DANGER)
def test_danger_beside_such_words_is_heard(text: str) -> None:
    found = understand(text)
    assert found.intent is Intent.CRISIS or found.worrying or found.urgency == "emergency"


@pytest.mark.parametrize("text", FOR_A_CLINICIAN)
def test_medicines_of_others_side_effects_and_red_urine_are_medical(text: str) -> None:
    assert understand(text).for_coach == "medical"


@pytest.mark.parametrize("text", HELP_WITH_LEGS)
def test_legs_in_other_words_ask_for_help_now(text: str) -> None:
    found = understand(text, Asked.NONE)
    assert found.intent is Intent.UNCLEAR
    assert "now" in {span.kind for span in found.recognised}


def test_a_question_whether_we_speak_a_language_changes_none() -> None:
    asked, wanted = understand("habla ingles?").command, understand("no no español porfa, fue mi nieta").command
    assert asked is not None
    assert asked.language is None
    assert wanted is not None
    assert wanted.language == "es"


def test_bedtime_named_beside_a_wish_is_not_the_time_wished() -> None:
    command = understand("earlier please, 9 is bedtime").command
    assert command is not None
    assert command.time is None


def test_a_stop_about_a_part_of_the_texts_says_that_nothing_is_held() -> None:
    assert "hold" not in understand("no me manden más cosas de comida").why


@pytest.mark.parametrize(
    "text",
    [
        "the kids are asleep and they are safe with mom. nobody will have to find me",
        "i asked for help. nobody did. this is my last night",
        "no one does. i am done with all of it, tonight i go",
    ],
)
def test_a_harmless_phrase_hides_no_danger_told_beside_it(text: str) -> None:
    assert understand(text, Asked.NONE).intent is Intent.CRISIS

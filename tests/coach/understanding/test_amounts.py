"""Too much of a medicine, somebody else's, and what children swallow: each told in many ways, also beside an answer."""

import pytest

from coach.understanding import Asked, Intent, understand
from coach.understanding.alarms.amounts import asks_plainly, is_poisoning

ASKED = [Asked.SCORE_AND_HABIT, Asked.NONE]
OVERDOSES = [
    "6 tramadol w wine, 2, did it",
    "12 clonazepam y dormí, 0 hecho",
    "me tomé 20, piernas 3, hecho",
    "toda la caja de tramadol, 1 sí",
    "4 sí, con 6 de las azules y tequila",
    "10 xanax. legs 1",
    "8 ambien 2 hrs sleep 3 legs did it",
    "a month of oxy in one night. 1 yes",
    "finally found a dose that works: 10 of em",
    "taking 8 mirapex a night instead of 2",
    "se me paso la mano con la insulina",
    "dije 5? era 5 tabletas",
    "took 14 of those on purpose but im feeling ok now",
    "2 yes. nine norcos and a nap",
    "fifteen gabapentins later, legs 0",
    "0 done, the whole bottle of benadryl",
    "1 sí, todo el frasco de ropinirol",
    "7 klonopins washed down w beer, legs 2 did it",
    "tres sí, me eché 10 rivotril",
    "emptied the bottle of ambien. 0 no",
    "legs a 2 after 11 of the white ones",
    "me pasé con la insulina anoche, 3 sí",
    "used way too much insulin, legs 2",
    "11 percs since supper, 1 yes",
    "a week of clonazepam at once lol. 0",
    "siete pregabalinas de un jalón. 2 hecho",
    "30 pastillas 0 dolor",
    "took 6 requip instead of 1. 2 yes",
    "8 pills last night instead of 2, legs 0",
    "medio frasco de tramadol, 0 sí",
    "7 tramadols and two beers, legs 1",
    "eight of the pink ones. 2 yes",
    "5 oxys 0 pain lol",
    "legs 0, popped 9 gabas",
    "took six lyrica cuz it was bad. 3",
    "swallowed 15 requip by accident",
    "nine gabapentin capsules gone since dinner, 1",
    "half the bottle of nyquil, 2 no",
    "3 yes. took all my ropinirole at once",
    "me zampé 12 pastillas, 2",
    "seis tramadol con cerveza, 1 sí",
    "me tomé la tira completa de clonazepam",
    "me acabé el frasco de gabapentina",
    "6 en vez de 2, ropinirol, piernas 1",
    "took a weeks worth of mirapex",
    "used 60 units insulin instead of 6",
    "10 tabs of the sleep stuff, legs zero",
    "i had like 8 percocets today. 2 yes",
    "took 6 extra ropinirole",
    "dose was 12 pills last night",
    "legs 2, did it. had 9 zopiclone with my wine",
    "12 benadryls and counting, legs 1",
    "i ate the whole pack of requip",
    "6 at once, those blue ones. 3 yes",
    "doc said 1 i took 7, gabapentin. 2",
    "tripled my clonazepam last nite, 1",
    "5 tylenol pms + wine, legs 2",
    "me eché 8 de las blancas",
    "unas 15 pastillas con vodka, 0 hecho",
    "la caja completa de zolpidem anoche. 2 sí",
]
WRONG_PILLS = [
    "i took my husbands pills instead of mine",
    "the night nurse gave me someone elses pills",
    "carer doubled mum's dose",
    "wrong meds given to grandma she's so sleepy",
    "took the dogs pills by mistake instead of mine",
    "my wife took my tablets instead of hers",
    "they gave me my roommates medication",
    "gave dad the wrong pills tonight",
    "i mixed up the pill boxes and took hers",
    "me tomé las pastillas de mi esposo por error",
    "la enfermera me dio la medicina de otro",
    "le di a mi mamá las pastillas equivocadas",
    "mi esposo se tomó mi medicina en vez de la suya",
    "the aide gave mom a double dose",
    "took someone elses meds",
    "swallowed the cats tablets thinking they were mine",
    "took my brothers meds by mistake",
    "they gave grandpa the wrong medicine",
    "mom took dads heart pills",
    "i swallowed my wifes blood pressure pill thinking it was mine",
    "the aide mixed up the meds and gave me the other ladys",
    "le dieron a mi papá la medicina de otro paciente",
    "mi mamá se tomó las pastillas de mi papá",
    "nurse gave me double the methadone",
    "accidentally took the cats medicine",
    "hubby took my mirapex by accident",
    "gave my mother the wrong pills",
    "grandpa got into grandmas meds",
    "los niños agarraron mis pastillas",
    "me dieron la pastilla de otra persona",
]
POISONS = [
    "my sisters got hold of my blue pills, shes 2",
    "she drank drain cleaner",
    "my granddaughter drank the lamp oil",
    "grandpa swallowed his hearing aid battery",
    "toddler ate some of grandmas pills",
    "ya compré el veneno para ratas",
    "the baby got into the laundry pods",
    "he chewed up a nicotine patch hes only 1",
    "nephew drank paint thinner",
    "my boy swallowed a button battery",
    "la niña se tomó el jarabe de su abuela",
    "mi nieta mordió mi parche de rotigotina",
    "el nene se bebió el aceite de lámpara",
    "mi hermanito agarró las pastillas de mi papá",
    "dad drank from the bleach bottle",
    "grandma drank the cleaning stuff by mistake",
    "2 yr old ate my gabapentin",
    "found the 3 year old with my pill bottle open and pills in her mouth",
    "he drank windex",
    "mi abuelo se tragó la pila del audífono",
    "she swallowed nail polish remover",
    "3 yes. the little one got my ropinirole bottle open",
    "compré raticida para mí",
    "my 3 year old swallowed a magnet",
    "baby chewed my fentanyl patch",
    "my son drank antifreeze",
    "the twins ate my sleeping pills",
    "grandma drank the bleach thinking it was water",
    "he ate a tide pod",
    "la bebé se tragó una pila",
    "mi sobrino se tomó el cloro",
    "niece got into my purse and ate my pills",
    "dad drank rubbing alcohol",
]
MORE_THAN_USUAL = [
    "doubled it myself, 3 yes",
    "took 3 tylenol pm",
    "six benadryl & four melatonin",
    "took an extra ropinirole, 2 yes",
    "2 instead of 1 tonight, mirapex. legs 1",
    "doubled my dose last night. 2 done",
    "me tomé doble la gabapentina, 3 sí",
    "me tome tres ropinirol en vez de uno. 2 si",
    "took another pill at 2am since the first didnt work. 4 yes",
    "upped it myself, 2 yes",
    "le subí yo sola a la dosis, 3 hecho",
    "3 yes. took two extra gabapentin",
    "took 4 melatonin, 5 no",
    "una de más de clonazepam anoche, 2 sí",
]
EVERYDAY = [
    "took my 2 ropinirole, 4 yes",
    "3 yes took my ropinirole at 8",
    "4 sí, me tomé la gabapentina a las 9",
    "6 no, took gabapentin 300 mg",
    "5 yes. 8 hours sleep",
    "10 stretches, 3 yes",
    "legs 7 even with ropinirole",
    "did 10 minutes of stretching after my pill, 4",
    "7 y no, olvidé la pastilla",
    "six nights of no pills, 5 yes",
    "4 yes. my pill box is full for the week",
    "took 5 mg melatonin, 3 yes",
    "0.5 mg ropinirole at 8, legs 5, did it",
    "me tomé 5 vasos de agua, 3 sí",
    "took 6 walks this week, 2 yes",
    "10 years on mirapex. 4 no",
    "tome 2 de gabapentina como siempre, 3 sí",
    "8 yes. 10 pm pill",
    "ate 6 of them cookies. 3 yes",
    "pain 6 before the tramadol, legs 3, yes",
    "picked up the whole bottle of vitamins at costco, 3 yes",
    "doubled my stretches, 3 yes",
    "took 2 gabapentin as prescribed, 4 yes",
    "refilled my 90 pills today. 3 yes",
    "8 hours sleep on ambien, 2 yes",
    "5 yes, gave the dog his pill",
    "mom took her pills and we watched tv 3",
    "my son drank his milk and slept. 4 yes",
    "dad fell asleep on the floor with the kids, 4 yes",
    "the pharmacy shorted me 10 pills, 5 yes",
    "took one gabapentin at 9, 3 yes",
    "had 6 cookies. 4 yes",
    "picked up my husbands pills at the pharmacy. 4 yes",
    "my wife gave me my pills, 3 yes",
    "my husband takes the same pills as me",
    "i set out moms pills for the week, 5 no",
    "the nurse gave me my pills late, 6",
    "my moms pills are like mine? 4 yes",
    "took my pills instead of the tea, 3 yes",
    "the pharmacy gave me the wrong bill. 4 yes",
    "my granddaughter drank all the milk, 3 yes",
    "the baby ate carrots today! 4 yes",
    "grandpa lost his hearing aid battery, 5",
    "she drank coffee. 4 no",
    "kids ate all the pizza 3 yes",
    "my son had his medicine and is asleep, 4",
    "the patch on my jeans. 2 yes",
    "bought drain cleaner for the sink. 3 yes",
    "la niña se tomó la leche, 4 sí",
    "mi nieto comió pizza. 3 sí",
    "put oil in the lamp, 4 yes",
    "changed the battery in grandpas hearing aid, 3 yes",
    "bought rat traps for the garage, 3 yes",
]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", [*OVERDOSES, *WRONG_PILLS, *POISONS])
def test_what_may_be_a_poisoning_is_danger_and_names_the_poison_line(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert reading.intent is Intent.CRISIS or reading.urgency == "emergency"
    assert is_poisoning(text, reading)


@pytest.mark.parametrize("text", MORE_THAN_USUAL)
def test_a_smaller_extra_dose_is_a_medical_matter(text: str) -> None:
    assert understand(text).for_coach in ("medical", "urgent")


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_pills_numbers_and_meals_page_nobody(text: str, asked: Asked) -> None:
    reading = understand(text, asked)
    assert reading.for_coach in (None, "read", "medical")
    assert not reading.worrying


@pytest.mark.parametrize("text", ["7 gabapentin not helping", "took 300 gabapentin, 4 yes", ".5 requip at 8, 3 yes"])
def test_a_number_that_may_be_the_score_or_the_milligrams_is_no_overdose(text: str) -> None:
    assert understand(text).urgency != "emergency"


def test_chest_pain_beside_a_pill_is_no_poisoning() -> None:
    text = "took my pills and now i have crushing chest pain"
    reading = understand(text)
    assert reading.urgency == "emergency"
    assert not is_poisoning(text, reading)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("should I stop my iron pills?", True),
        ("can i take ropinirole with food?", True),
        ("puedo tomar el hierro con café?", True),
        ("How many of the ropinirole would it take", False),
        ("is 10 ambien lethal?", False),
        ("cuántas pastillas puedo tomar", False),
        ("ok thanks", False),
    ],
)
def test_how_much_it_takes_is_no_everyday_question(text: str, plain: bool) -> None:
    assert asks_plainly(text) is plain

"""Recognize, while a crisis or a worry is open, what may be the deed or a farewell: "done. goodbye". Pure.

By itself such a text reads as thanks, as a step done or as a request to stop.
"""

import re

from coach.understanding import Intent, Reading
from coach.understanding.alarms.means import but_for_everyday, names_a_step
from coach.understanding.words.quoting import is_reaction

_FAREWELL = re.compile(
    r"\b(?:(?:good ?)?bye+|farewell|so long|adi[oó]s+|me despido|hasta siempre|hasta nunca"
    r"|(?:my|the|mis?|el|los) (?:last|final|[uú]ltimos?) (?:texts?|messages?|words?|nights?|mensajes?)"
    r"|[uú]ltim[ao]s? (?:palabras?|noche)|(?:it'?ll|it will|it'?s|its) (?:all )?(?:be )?over"
    r"|(?:se|ya) acab[oó]|todo termin[oó]"
    r"|(?:won'?t|wont|not going to|not gonna) be (?:here|around)|(?:ya )?no (?:voy a estar|estar[eé])"
    r"|(?:thanks?|thank you|thx|gracias) (?:so much )?(?:for|por) (?:everything|all|todo)"
    r"|(?:a|your|my) good life|take care of (?:\w+selves|yourself|my|the|them|him|her|each)|forgive me"
    r"|perd[oó]n[ae]n?me"
    r"|(?:love|bless|thank|forgive) you(?: guys| folks)? all|cu[ií]d(?:en|a)(?:se| a| de| mucho)|los quiero|los bendiga"
    r"|you(?:'?ve| have)?(?: all)? (?:were|been) (?:\w+ )?(?:so |very |always )*(?:kind|good|nice)"
    r"|(?:the|my|a|la|una) (?:note|nota|letter|carta))\b",
    re.IGNORECASE,
)
_DEED = re.compile(
    r"\b(?:took|taken|swallowed|drank|chugged|downed|me (?:las? |los? )?(?:tom[eé]|tragu[eé]|beb[ií])|me l[ao]s? "
    r"|all of (?:them|it)|them all|all \d+|tod[ao]s (?:las|los)|i did it|it'?s done|ya lo hice|lo hice|ya est[aá]"
    r"|lined up|laid out|spread out|all out|so many|by colou?r|counted|counting|glass of (?:water|wine)"
    r"|i(?:'?m| am) (?:so |just |all )?done"
    r"(?! (?:with (?:the|my|our|dinner|supper)|for (?:today|tonight)|eating|cooking))"
    r"|in my (?:hand|lap|mouth)|(?:it'?s|they'?re|i'?m|all|is) ready|pretty (?:little )?things|(?:vaso|botella) de"
    r"|too late(?! (?:to (?:text|answer|reply|call|do)|at night|for (?:coffee|tea|me to|that one|a walk|it)))"
    r"|(?:demasiado|ya(?: es)?) (?:muy )?tarde(?! para (?:el|un|una|caminar|cenar|contestar|escribir))"
    r"|contad[ao]s|en fila|en la mano|tant[ao]s|(?:tod[ao]s?|ya|est[aá]n?) list[ao]s?)\b",
    re.IGNORECASE,
)
_TOOK_ALL = re.compile(
    r"\b(?:i|i'?ve|have|just|already) (?:took|taken|swallowed|downed)(?: \w+)?"
    r" (?:all|every(?: last)? (?:one|single one))"
    r"(?: of (?:them|it|these|those))?\b"
    r"|\b(?:took|taken|swallowed|downed) (?:them|em|'em|it) all\b|\btook everything\b"
    r"|\bme (?:las? |los? )?(?:tom[eé]|tragu[eé]) tod[oa]s?\b|\bme l[ao]s (?:tom[eé]|tragu[eé])\b",
    re.IGNORECASE,
)
# The fuss is waved off: no farewell, and no stop of a life.
_WAVED_OFF = re.compile(
    r"\b(?:joking|kidding|(?:was|just|only) (?:a )?joke|jk|sorry (?:to|if i|i) (?:scared?|worry|worried|alarm\w*)"
    r"|(?:still|do) want (?:the|my|these|your) texts|bromeando|(?:era|fue) (?:una )?broma"
    r"|perd[oó]n por (?:el susto|asustar)"
    r"|s[ií]gan? escribi\w+)\b",
    re.IGNORECASE,
)
# The only words of a plain answer or plain courtesy, besides numbers.
_PLAIN_WORDS = """
thanks thank you thx ty tysm u so very much again ok okay k kk okey alright sure great good fine cool yes yeah yep yup y
no nope n please sorry hi hello hey i will do got it appreciate welcome for the help and a lot legs leg last night step
was were my about is it's its score out of zero one two three four five six seven eight nine ten
guay dios te bendiga bendigan mijo mija hijo hija amable god bless you dear hun honey sweetie
gracias muchas mil te las les lo agradezco vale bueno bien claro sí si por favor perdón perdon hola de nada y la ayuda
piernas noche anoche paso fue era como un una cero uno dos tres cuatro cinco seis siete ocho nueve diez
"""
_PLAIN = frozenset(_PLAIN_WORDS.split())
# Steps that are told by what was done, without their noun.
_STEPPED = frozenset(
    [
        *("walked", "stretched", "massaged", "soaked", "biked", "swam", "exercised", "meditated"),
        *("caminé", "camine", "caminamos", "estiré", "estire"),
    ]
)
_THANKS = frozenset(["thanks", "thank", "thx", "ty", "tysm", "appreciate", "gracias", "agradezco"])
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


_WHERE = re.compile(
    r"\b\d{1,5} (?:[nsew] )?(?:\w+ ){1,3}(?:st|street|rd|road|ave|avenue|dr|drive|ln|lane|blvd)\b"
    r"|\b\d{1,5} (?:\w+ ){1,3}(?:ct|court|way|hwy|place|pl)\b"
    r"|\b(?:my|the) address is\b|\bmi direcci[oó]n es\b|\b(?:unit|apt|apartment|room) #?\d"
    r"|\b(?:calle|avenida|av|carrera|carretera|colonia|depto|departamento)\.? (?:\w+ ){0,4}#?\d",
    re.IGNORECASE,
)


def says_where(body: str) -> bool:
    """Whether a text gives an address."""
    return _WHERE.search(" ".join(body.split())) is not None


def is_courtesy(body: str) -> bool:
    """Whether a text is thanks and nothing else."""
    words = _WORD.findall(body.replace("’", "'").lower())
    return not _THANKS.isdisjoint(words) and all(word in _PLAIN for word in words) and not _FAREWELL.search(body)


def is_plain(body: str) -> bool:
    """Whether a text has only the words of an answer or of courtesy."""
    return all(word in _PLAIN for word in _WORD.findall(body.replace("’", "'").lower()))


def took_them_all(body: str) -> bool:
    """Whether a crisis says that "all of them" were taken, which can only be pills or a poison."""
    return _TOOK_ALL.search(" ".join(body.replace("’", "'").split())) is not None


def is_everyday(body: str, reading: Reading) -> bool:
    """Whether a text holds nothing but words of every day, of an answer or of courtesy, or tells of a step done."""
    left = but_for_everyday(body.replace("’", "'"))
    if _FAREWELL.search(left):
        return False
    return (left != body and is_plain(left)) or (reading.for_coach is None and _is_step_done(body, reading))


def _is_step_done(body: str, reading: Reading) -> bool:
    """Whether a yes names the step, by its noun or by what was done: "took a bath", "walked"."""
    if reading.intent is not Intent.CHECKIN or not reading.habit:
        return False
    done = [word for span in reading.recognised if span.kind == "habit" for word in _WORD.findall(span.text.lower())]
    return names_a_step(body) or not _STEPPED.isdisjoint(done)


_STOP_WORDS = """
would could can you kindly i want to from us just now if le les me que quiero
"""
_BESIDE_STOP = _PLAIN | frozenset(_STOP_WORDS.split())


def is_only_a_stop(body: str, reading: Reading) -> bool:
    """Whether a text asks for no more texts and says nothing else; after a mere worry it is no farewell."""
    for span in reading.recognised:
        body = body.replace(span.text, " ", 1) if span.kind == "opt_out" else body
    return all(word in _BESIDE_STOP for word in _WORD.findall(body.replace("’", "'").lower()))


def may_be_last_words(body: str, reading: Reading, *, stopped: bool = False) -> bool:
    """Whether a text in an open crisis may be the deed or a farewell, though it reads as harmless.

    A keyword, a plain answer, courtesy and words of every day are not, nor is a phone's reaction to a text of ours, nor
    one more stop of somebody who has ``stopped`` the texts. "Did my stretches" is an answer; "did it" may be the deed.
    """
    by_a_machine = any(span.kind == "auto_reply" for span in reading.recognised)
    if reading.keyword is not None or by_a_machine or is_reaction(body):
        return False
    plain = " ".join(but_for_everyday(body.replace("’", "'")).split())
    if _FAREWELL.search(plain):
        return True
    answers = reading.for_coach is None and (reading.intent is Intent.ACK or _is_step_done(body, reading))
    if answers or (_WAVED_OFF.search(plain) and not reading.worrying):
        return False
    if reading.intent is Intent.OPT_OUT:
        return not stopped
    if reading.intent is Intent.QUESTION or all(word in _PLAIN for word in _WORD.findall(plain.lower())):
        return False
    done = reading.score is None and reading.habit is True
    return done or reading.intent is Intent.ACK or _DEED.search(plain) is not None

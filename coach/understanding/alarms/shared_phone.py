"""Recognize texts that say somebody else reads this phone, or should not hear a call or see a reply."""

import re

from coach.understanding.alarms.said_of_others import LISTENED, NOT_HERE, but_for_others

_SOMEBODY = (
    r"(?:(?!here\b)(?:he|she|they|someone|somebody|"
    r"(?:my|his|her) (?:husband|wife|boyfriend|girlfriend|partner|ex|mom|mother|dad"
    r"|father|son|daughter|brother|sister|boss|roommate|stepdad))(?:'?s|'?re|'?ll|'?d)?)"
)
_ALGUIEN = (
    r"(?:[eé]l|ella|alguien|mi (?:marido|esposo|esposa|mujer|novio|novia|pareja|ex|mam[aá]|madre|pap[aá]|padre|hijo"
    r"|hija|hermano|hermana|jefe|suegra|suegro))"
)
_READS = (
    r"(?:reads?|reading|checks?|checking|(?:goes|going) thr(?:ough|u)|looks? (?:at|through)|looking (?:at|through)"
    r"|monitors?|monitoring|watches|watching|sees?)"
)
_LEE = (
    r"(?:lee|leen|leyendo|revisa|revisan|revisando|mira|miran|mirando|ve|ven|viendo|checa|checan|checando|controla"
    r"|vigila|espía|espia)"
)
_PHONE = r"(?:phone|cell|texts?|messages?|sms)"
_MOVIL = r"(?:tel[eé]fono|celular|cel|m[oó]vil|mensajes?|sms|textos?)"

# What we are to pretend to be: "if he asks, this is the dentist".
_PRETEXT = (
    r"\bif (?:he|she|they|my \w+) asks?,? (?:just )?(?:(?:say|tell (?:him|her|them)) )?"
    r"(?:this is|it'?s|(?:you'?re|you are) (?:not|an?|the|my|from)|this was)\b(?! an? \d| \d)"
    r"|\bsi (?:[eé]l |ella )?(?:te |les |le )?preguntan?,? (?:diga[ns]? que |di que )?(?:esto )?"
    r"(?:es|eres|son) (?!un \d|\d)"
)
_TOLD_NOT_TO = (
    r"\b(?:told|asked) (?:you|u|y'?all)(?: \w+)? not to (?:(?:write|text|message)(?: me)? back|reply|respond|answer)\b"
    r"|\b(?:te|les) (?:dije|ped[ií]) que no (?:me )?(?:contest|respond)\w+"
)
_HERE_NOW = (
    r"(?:(?:he|she|they|(?:my )?(?:husband|wife|boyfriend|girlfriend|partner|ex|dad|father|stepdad))(?:'?s|'?re)?"
    r"(?: is| are)? (?:right )?(?:here|back|home)(?: right)? now"
    rf"|(?:{_ALGUIEN} )?ya est[aá] aqu[ií])\W*$"
)
# "Stop, he's here": somebody has come, and we are to be silent.
_STOP_FOR_NOW = (
    r"^\W*(?:please |pls |ok |okay |por favor,? )*"
    r"(?:stop|quit|not now|shh+|no more|para|paren?|alto|ya no|basta|ahora no)"
    r"(?: now| please| texting| it| ya| por favor)*[,.!;: -]+"
    rf"(?:(?:{_SOMEBODY}(?: is| are| has| just)*|{_ALGUIEN}) )?"
    r"(?:right |just )?(?:here|back|home|coming|outside|at the door|pulling in|got (?:home|back|here)"
    r"|came (?:home|back|in)|walked in|ya (?:lleg[oó]|est[aá]|viene|volvi[oó]|entr[oó])"
    r"|lleg[oó]|est[aá] (?:aqu[ií]|afuera|en la puerta)|viene)"
    r"(?: \w+){0,2}\W*$"
)
# Somebody looks on, has found the phone, tracks it, or is angry at its sound.
_ANGRY = r"(?:mad|crazy|angry|furious|nuts|ballistic|wild|mental|off|upset)"
_SOUNDS = r"(?:buzz\w*|rings?|ringing|goes off|going off|beep\w*|ding\w*|lights? up|vibrat\w*)"
_WATCHED = (
    rf"\b{_SOMEBODY}\b(?: \w+){{0,3}} over my shoulder\b"
    rf"|\b{_SOMEBODY}(?: has| just)* found (?:the|this|our|these|those|my) {_PHONE}\b"
    rf"|\b{_SOMEBODY}(?: has| just)* (?:put|installed|got|has)(?: \w+){{0,2}}"
    r" (?:track\w*|spyware|spy app|stalkerware)(?: \w+){0,2} (?:on|in) (?:my|this|the) (?:phone|cell)\b"
    rf"|\b{_SOMEBODY}\b(?: \w+)? (?:goes|gets|got|went|go|get) {_ANGRY} (?:when|if|whenever|every time|because)"
    rf"(?: \w+){{0,2}} (?:{_PHONE}|it) {_SOUNDS}\b"
    rf"|\b{_ALGUIEN}(?: ya)? (?:encontr[oó]|hall[oó]) (?:el|este|los|estos|mi|mis) {_MOVIL}\b"
    r"|\b(?:me )?(?:puso|instal[oó]|meti[oó]) (?:un |una )?(?:rastreador|localizador|gps|app esp[ií]a)\b"
    rf"|\b(?:se enoja|se pone (?:loco|furioso|mal)) (?:cuando|si) (?:suena|vibra)(?: \w+)? {_MOVIL}\b"
    r"|\bpor encima de(?:l| mi) hombro\b"
)
_UNSAFE = (
    r"\b(?:delete|erase) (?:what|everything|all|anything)(?: that)? i (?:told|said|sent|wrote|texted)\b"
    r"|\bborr[ae]n? (?:todo )?lo que (?:les? |te )?(?:dije|mand[eé]|escrib[ií]|cont[eé])\b"
    r"|\b(?:delete|erase) (?:this|these|it|that|them|my (?:texts?|messages?))"
    r" (?:after|when|once|as soon as|right after|please)\b"
    r"|\b(?:not|isn'?t) safe (?:for me )?to (?:talk|text|write|chat|speak|answer|call)\b"
    r"|\b(?:can'?t|cannot) (?:talk|text|write|speak) safely\b"
    r"|\bborr[ae]n? (?:esto|este mensaje|estos mensajes)(?: \w+)? (?:despu[eé]s|cuando|luego|al leer)"
    r"|\bno es seguro (?:hablar|escribir|contestar)\b|\bno puedo (?:hablar|escribir) con seguridad\b"
)
# What was told is to be kept out of our texts.
_ONLY_THE_LEGS = (
    r"\b(?:only|just) (?:write|text|message|talk)(?: to)?(?: me)? about (?:my |the )?(?:legs?|sleep|steps?|habits?)\b"
    r"|\b(?:do not|don'?t|dont|never) (?:ever )?(?:mention|bring up|(?:write|text|talk) about)"
    r" (?:it|that|this|the other|what i)\b"
    r"|\bs[oó]lo (?:escr[ií]ban(?:me)?|escribe|h[aá]blen(?:me)?) de (?:las |mis )?piernas\b"
    r"|\bno (?:mencionen|hablen de|escriban de) (?:eso|lo otro|lo que)\b"
)
# Somebody else reads along.
READ_BY_OTHERS = re.compile(
    rf"\b{_SOMEBODY}\b(?: \w+){{0,3}} {_READS}\b(?: \w+){{0,3}} {_PHONE}\b"
    rf"|\b{_SOMEBODY}\b(?: \w+){{0,2}} (?:has|took|got|answers|holds|uses)(?: \w+){{0,2}}"
    rf" (?:my|this|the) (?:phone|cell)\b"
    rf"|\b{_SOMEBODY}\b(?: \w+){{0,2}} {_READS} (?:this|these|everything|all i|what i)\b"
    rf"|\b{_SOMEBODY}\b(?: \w+){{0,2}} (?:gets?|sees?|getting|has) (?:\w+ ){{0,2}}notifications?\b"
    rf"|\b{_SOMEBODY}\b(?: is| are)?(?: right)? (?:standing|sitting|watching) (?:right |over )?(?:here|me|next to me)\b"
    r"|\bnot (?:allowed|supposed) to (?:have|use) (?:this|a|my) (?:phone|cell)\b"
    rf"|\b{_ALGUIEN}\b(?: \w+){{0,2}} {_LEE} (?:esto|estos|todo lo que|lo que) (?:escrib|mand|texte|envi|en este)\w*"
    rf"|\b{_ALGUIEN}\b(?: \w+){{0,3}} {_LEE}\b(?: \w+){{0,3}} {_MOVIL}\b"
    rf"|\b{_ALGUIEN}\b(?: \w+){{0,2}} (?:tiene|usa|contesta|agarra|coge|quita|quit[oó]|esconde)(?: \w+){{0,2}}"
    rf" (?:mi|este|el) {_MOVIL}\b"
    r"|\b(?:me |lo )?leen? todo\b|^(?:me )?ven? (?:mis|los|estos|todos los) mensajes\b"
    rf"|\bme (?:lo )?(?:revisa|checa|lee|ve|mira|esculca)n? (?:el|mi|los|mis) {_MOVIL}\b"
    r"|\bno me dejan? (?:tener|usar) (?:este |el |un )?(?:tel[eé]fono|celular|cel|m[oó]vil)\b"
    r"|\b(?:le|les) llegan (?:las|mis|estas) notificaciones\b"
    r"|\b(?:do not|don'?t|dont) let (?:him|her|them|my \w+) (?:see|know|find out)\b"
    r"|\bque no (?:lo|la|se) (?:vea|sepa|entere)\b"
    rf"|\b{_SOMEBODY} (?:does not|doesn'?t|don'?t|do not) know (?:that )?(?:about|i have|i'?ve got) (?:this|a|the)"
    r" (?:phone|cell|number)\b"
    rf"|\bno sabe que tengo (?:este|el|un) {_MOVIL}\b"
    rf"|{_WATCHED}|{_UNSAFE}|{LISTENED}|{_ONLY_THE_LEGS}"
    rf"|{_PRETEXT}|{_TOLD_NOT_TO}|^\W*{_HERE_NOW}|{_STOP_FOR_NOW}",
    re.IGNORECASE,
)
# Beside danger, these mean the same.
NO_CALLS = re.compile(
    r"\b(?:do not|don'?t|dont|please no|no) (?:ever )?(?:call|calls|phone|ring)\b"
    r"(?! (?:him|her|them|(?:my|his|her) (?!phone|cell|number|house|home|work|mobile|line|job|office))\b)"
    r"|\bno (?:me |nos |la |lo |le )?(?:llam[eé]is|llames?|llamen|marquen?|telefone[eé]n?|hablen? por tel[eé]fono)\b"
    r"(?! a (?:mi|su|el|la) (?!casa|trabajo|celular|n[uú]mero|tel[eé]fono))"
    r"|\bsin llamadas\b",
    re.IGNORECASE,
)
NO_REPLY = re.compile(
    r"(?<!\byou )(?<!\bthey )(?<!\bhe )(?<!\bshe )(?<!\bwe )(?<!why )(?<!\bi )"
    r"\b(?:do not|don'?t|dont) (?:ever |please )?(?:reply|respond|answer|(?:text|write|message|msg)(?: me)? back)\b"
    rf"|{_PRETEXT}|{_TOLD_NOT_TO}|\b(?:say|send|text|write) nothing back\b|\bsay nothing\W*$"
    r"|\bno repl(?:y|ies)\b|\bno (?:me )?(?:contest(?:en|es|e)|respond(?:an|as|a))\b"
    r"|\b(?:hits?|beats?|hurts?|slaps?|punches) me (?:when|if|whenever|every time|because) (?:you|u|y'?all) "
    r"(?:text|write|message)"
    r"|\bme (?:pega|golpea|cachetea|grita) (?:cuando|si|porque|cada vez que) me (?:escriben?|mandan?|textean?)\b",
    re.IGNORECASE,
)
# Reasons to be texted, and somebody beside whom a call would be heard.
TEXT_INSTEAD = re.compile(
    r"(?<!don't )(?<!dont )(?<!not )\b(?:text|message|txt) (?:me|only|is|works|instead|please|pls)\b"
    r"|\b(?:only|just) text\b"
    r"|\b(?:hard of|can'?t|cannot|bad) hear(?:ing)?\b|\bdeaf\b|\bhearing aids?\b"
    r"|\b(?:at|in|on) (?:work|class|a meeting|shift)\b"
    r"|\b(?:escr[ií]b[ae]n?(?:me)?|mensajes? (?:s[ií]|nada m[aá]s|mejor)|mejor (?:un )?(?:texto|mensaje)s?"
    r"|sord[oa]|no (?:oigo|escucho) bien|en el trabajo|trabajando)\b",
    re.IGNORECASE,
)
SOMEBODY_ELSE = re.compile(rf"\b{_SOMEBODY}\b|\b(?!el\b){_ALGUIEN}\b", re.IGNORECASE)
# They want a call, or nobody else has this phone.
MAY_CALL = re.compile(
    r"(?<!don't )(?<!dont )(?<!not )(?<!never )\b(?:please|pls|plz|just"
    r"|(?:can|could|will|would) (?:you|u|some(?:one|body)"
    r"|any(?:one|body)|y'?all)(?: please)?|some(?:one|body)) (?:call|phone|ring) me\b"
    r"(?! (?:a|an|the|when|after|if|at|on|crazy|names)\b)"
    r"|^\W*(?:call|phone) me(?: back| now| please| pls| tonight| today| asap)*\W*$"
    r"|\bwhy (?:won'?t|wont|doesn'?t|does ?nt|didn'?t|hasn'?t|isn'?t)"
    r" (?:any(?:one|body)|some(?:one|body)|no ?body|you) call(?:ed|ing)?\b"
    r"|\b(?:no ?body|no one) else (?:has|uses|reads?|sees|answers|have|touches) (?:this|my|the) (?:phone|cell|texts?)\b"
    r"|\b(?:it'?s|its|it is) (?:only|just) me (?:here|on this phone|that has|who has)\b"
    r"|(?<!no me )\b(?:ll[aá]m[ae]n?me|me (?:pueden?|puedes) (?:llamar|marcar)|pueden? llamarme|que me llamen)\b"
    r"(?! (?:cuando|si|a)\b)"
    rf"|\bnadie m[aá]s (?:tiene|usa|lee|ve|contesta) (?:este|mi|el) {_MOVIL}\b",
    re.IGNORECASE,
)
# Alone these ask for a stop; where somebody reads along or is near, for no reply.
NO_TEXT = re.compile(
    r"(?<!\byou )(?<!\bthey )(?<!\bhe )(?<!\bshe )(?<!\bwe )(?<!\bi )"
    r"\b(?:do not|don'?t|dont) (?:ever |please )?(?:text|write|message|msg)\b|\bno (?:me )?(?:escriban?|manden)\b",
    re.IGNORECASE,
)
HERE_NOW = re.compile(rf"(?:^|[.!?,;] ?){_HERE_NOW}|{_STOP_FOR_NOW}", re.IGNORECASE)
NEARBY = re.compile(
    rf"\b{_SOMEBODY}(?: is| are| will)?(?: right| gonna| going to| might)?"
    r" (?:here|home|in the room|with me|next to me|beside me|behind me|around|awake|watching|looking|see|read"
    r"|find out)\b"
    r"|\b(?:est[aá] (?:aqu[ií]|ac[aá]|conmigo|en (?:la )?casa|a mi lado)|lleg[oó] (?:a la casa|mi \w+)"
    rf"|{_ALGUIEN} (?:lo |la |los |me )?(?:est[aá] )?(?:viendo|mirando|leyendo|lee|ve|va a ver)"
    r"|se l[oa] (?:van?|va) a (?:ense[ñn]ar|mostrar))\b",
    re.IGNORECASE,
)
# After a request for silence: an answer, help or the police are wanted, the hour has come, or the other one has gone.
CALLS_US = re.compile(
    r"\b(?:please|pls|plz) (?:answer|respond|reply|help|write|text)\b"
    r"|\b(?:answer|respond to|reply to|help|save) (?:me|us)\b"
    r"|^\W*(?:help|ayuda|auxilio|socorro)\W*$|\b(?:i|we) need help\b|\bhelp(?: now| please)\b"
    r"|(?<!not )(?<!don't )(?<!dont )\b(?:send|call|get) (?:me )?(?:the |some |a |an )?"
    r"(?:police|cops?|911|999|112|help|ambulance|someone|somebody|sheriff)\b"
    r"|\b(?:llam\w+|mand\w+|env[ií]\w+) (?:a )?(?:la )?(?:polic[ií]a|ambulancia|ayuda|alguien|911|112)\b"
    r"|\bay[uú]d[ae]n?(?:me|nos)\b|\bnecesit(?:o|amos) ayuda\b|\b(?:cont[eé]st|resp[oó]nd)[ae]n?(?:me|nos)\b"
    r"|^\W*(?:contest[ae]n?|respond[ae]n?)\b|\bi can (?:talk|text|write) (?:again|now)\b"
    r"|\b988\b|\b(?:crisis|suicide) (?:hot|life)?line\b|\bl[ií]nea de crisis\b"
    r"|^\W*por favor,? (?:contest|respond|ayud)\w+"
    rf"|(?:^|[.!?,;])\W*(?:ok |okay )?{_SOMEBODY}(?: has| is| just| finally)*"
    r" (?:left|gone|went out|drove off|moved out|out|at work)\b"
    r"|\b(?:are you|is any(?:one|body)|any(?:one|body)|is some(?:one|body)) (?:still )?there\b"
    r"|^\W*(?:please|pls|plz|por favor)\W*$|\b(?:hay alguien|est[aá]n? ah[ií])\b"
    r"|\b(?:can|could|will) (?:you|some(?:one|body)|any(?:one|body)) (?:please )?"
    r"(?:ring|call|phone|contact|tell|reach)\b"
    r"|\bpueden? (?:alguien )?(?:llamar|avisar)\b"
    rf"|^\W*(?:{_ALGUIEN} )?(?:ya )?se (?:fue|ha ido|march[oó])\b"
    r"|\bse l[oa] llev(?:[oó]|aron)(?: la polic[ií]a| pres[oa]| detenid[oa])\b"
    r"|\b(?:police|cops?|sheriff) (?:took|arrested|got) (?:him|her|them)\b"
    r"|^\W*(?:it'?s|it is) (?:now |already |past )?\d{1,2}(?:[:.]\d\d|(?= ?[ap]\.?m))"
    r"(?: ?[ap]\.?m\.?)?(?: now)?\W*$"
    r"|^\W*(?:ya )?(?:son las|es la) \d{1,2}(?:[:.]\d\d)?\W*$",
    re.IGNORECASE,
)
WHO_IS_THIS = re.compile(
    r"\bwho(?: is|'?s| are| r) (?:this|you|u|it)\b|\bqui[eé]n (?:es|eres|habla|son)\b", re.IGNORECASE
)
FOUND_OUT = re.compile(
    rf"\b{_SOMEBODY}(?: has| just)* (?:found|saw|seen|knows|is (?:here|home|back|coming|mad))\b"
    rf"|\b{_SOMEBODY}(?: just)* (?:took|got|has)(?: \w+){{0,2}} (?:phone|cell|texts?|messages?|this|these|them)\b"
    r"|\b(?:gotta|got to|have to|hafta|need to) (?:go|run)\b|\bdelete (?:this|my|the) (?:number|texts?|messages?)\b"
    r"|\bwhy (?:are|r) (?:you|u|y'?all) (?:texting|messaging|calling|writing)\b"
    r"|\bwho (?:is|are|r|the \w+ is) (?:this|you|u)\b"
    r"|\bwho'?s this\b|\bqui[eé]n (?:es|eres|habla|son)\b"
    rf"|\b{_ALGUIEN} (?:ya )?(?:encontr[oó]|vio|sabe|lleg[oó]|est[aá] aqu[ií])\b"
    rf"|\b{_ALGUIEN} (?:ya )?(?:tiene|agarr[oó])(?: \w+){{0,2}} {_MOVIL}\b"
    r"|\b(?:me )?tengo que (?:ir|colgar|dejar)\w*|\bborr[ae]n? (?:este|mi|el) (?:n[uú]mero|mensaje)",
    re.IGNORECASE,
)
# Whoever is violent at work or in the street does not hold this phone.
OUTSIDER = re.compile(
    r"\b(?:boss|foreman|supervisor|co-?workers?|strangers?|neighbou?rs?|robbers?|muggers?|burglars?"
    r"|patr[oó]n|patrona|jef[ea]|capataz|compa[ñn]ero de trabajo|vecin[oa]s?|desconocid[oa]s?"
    r"|ladr[oó]n(?:es)?|asaltantes?)\b",
    re.IGNORECASE,
)
TYPOGRAPHIC = str.maketrans("‘’", "''")


def is_found_out(body: str) -> bool:
    """Whether a text from a phone that others read may be written by them, or because they are near."""
    return FOUND_OUT.search(_plain(body)) is not None


def is_read_by_others(body: str) -> bool:
    """Whether a text says that somebody else reads, has or answers this phone."""
    plain = _plain(body)
    return READ_BY_OTHERS.search(plain) is not None or (_no_reply(plain) and NEARBY.search(plain) is not None)


def wants_no_calls(body: str) -> bool:
    """Whether a text asks us not to call or write back, and somebody else may be listening.

    That is so beside danger if no answer is wanted, or if the text names somebody or the place: "don't call here".
    "I'm fine, don't call" does not.
    """
    plain = _plain(body)
    unwanted = asks_no_call(plain) and (SOMEBODY_ELSE.search(plain) is not None or NOT_HERE.search(plain) is not None)
    return unwanted or NO_REPLY.search(but_for_others(plain)) is not None


def asks_no_call(body: str) -> bool:
    """Whether a text asks us not to call, for whatever reason."""
    return NO_CALLS.search(but_for_others(_plain(body))) is not None


def is_by_outsider(body: str) -> bool:
    """Whether a text about violence names somebody who does not live with the writer, and nobody else."""
    plain = _plain(body)
    return OUTSIDER.search(plain) is not None and SOMEBODY_ELSE.search(OUTSIDER.sub("", plain)) is None


def wants_texts(body: str) -> bool:
    """Whether a text asks for texts instead of calls, or gives a reason of their own: work, bad hearing."""
    return asks_no_call(body) and TEXT_INSTEAD.search(_plain(body)) is not None


def wants_a_call(body: str) -> bool:
    """Whether a text asks for a call, or says that nobody else has this phone."""
    plain = _plain(body)
    return NO_CALLS.search(plain) is None and MAY_CALL.search(plain) is not None


def wants_no_reply(body: str) -> bool:
    """Whether a text from a phone that others read asks us not to write back."""
    plain = _plain(body)
    return _no_reply(plain) or HERE_NOW.search(plain) is not None


def has_come(body: str) -> bool:
    """Whether a text says that whoever is feared is here now: "stop, he's here"."""
    return HERE_NOW.search(_plain(body)) is not None


def calls_for_us(body: str) -> bool:
    """Whether a text wants an answer, help or the police, or says that the other one has gone."""
    plain = _plain(body)
    return CALLS_US.search(plain) is not None and WHO_IS_THIS.search(plain) is None


def _no_reply(plain: str) -> bool:
    plain = but_for_others(plain)
    return NO_REPLY.search(plain) is not None or NO_TEXT.search(plain) is not None


def _plain(body: str) -> str:
    return " ".join(body.translate(TYPOGRAPHIC).split())

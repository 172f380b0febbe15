"""Recognize an attack that is happening: a weapon at hand, an assault, somebody breaking in."""

import re

from coach.understanding.alarms.shared_phone import TYPOGRAPHIC

_ATTACK = re.compile(
    r"\b(?:guns?|pistols?|rifles?|shotguns?|revolver|knife|knives|machete|hatchet|axe|hammer|bat|crowbar|weapon"
    r"|pistola|escopeta|rifle|cuchillo|navaja|hacha|martillo|bate|arma)\b"
    r"|\b(?:he|she|they|him|her)\b(?: \w+){0,3} (?:cut|cutting|stabbed|stabbing|shot|shooting|choked|choking"
    r"|strangled|strangling|hit|hitting|beat|beating|punched|punching|kicked|kicking|burned|raped|attacked|attacking)"
    r" (?:me|us|my|the|down|at)\b"
    r"|\bme (?:est[aá] )?(?:cort[oó]|apu[ñn]al[oó]|dispar[oó]|ahorc[oó]|golpe[oó]|peg[oó]|pate[oó]|viol[oó]|atac[oó]"
    r"|cortando|ahorcando|golpeando|pegando|pateando|atacando)\b"
    r"|\b(?:kicking|breaking|busting|smashing|beating)(?: \w+){0,3} (?:in|down|door|window)\b"
    r"|\b(?:tumbando|rompiendo|pateando)(?: \w+){0,2} (?:puerta|ventana)\b",
    re.IGNORECASE,
)


def tells_an_attack(body: str) -> bool:
    """Whether a text, already read as danger, names a weapon or an assault."""
    return _ATTACK.search(" ".join(body.translate(TYPOGRAPHIC).split())) is not None

"""Names, cuts and shifts of people in de-identified exports, from a key of the installation. Pure."""

import hmac
from dataclasses import dataclass

SHARED_CUTS, OWN_CUTS = 20, 7  # weeks
LONGEST_CUT = SHARED_CUTS + OWN_CUTS - 1
SHIFTS = 52


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """A person's name in de-identified exports.

    `cut` (1 to `LONGEST_CUT`) is how many weeks before the export their records end, `shift` how many weeks their dates
    move back.
    """

    name: str
    cut: int
    shift: int


def pseudonym_of(key: bytes, participant_id: int) -> Pseudonym:
    """Return a person's name, cut and shift.

    An attacker who knows the day of an export sees the sum of cut and shift. The sum is drawn independently of the cut,
    so it says nothing about it. One part of the cut is the same for everyone: what happened to all on one day, or how
    long their rows are, shows how cuts differ, but never that part.
    """
    everyone = hmac.digest(key, b"the cut of everyone", "sha256")
    digest = hmac.digest(key, str(participant_id).encode(), "sha256")
    cut = 1 + _below(SHARED_CUTS, everyone[:8]) + _below(OWN_CUTS, digest[16:24])
    total = LONGEST_CUT + 1 + _below(SHIFTS, digest[8:16])
    return Pseudonym(f"p{digest[:8].hex()}", cut, total - cut)


def _below(limit: int, digest: bytes) -> int:
    return int.from_bytes(digest, "big") % limit

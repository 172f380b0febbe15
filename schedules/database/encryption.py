"""Encryption of personal data at rest, and the keyed hash a phone number is looked up by.

`DATA_KEYS` encrypt (Fernet: AES-128-CBC with HMAC-SHA256, newest key first). The hash needs a key that outlives their
rotation, since an erased person's number can never be hashed again: it is derived (HKDF-SHA256) from a secret made
once per installation, which lies in the database encrypted by the data keys.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class KeysMissingError(RuntimeError):
    """Personal data was touched before the keys were installed, or with keys that do not open it."""


class Keyring:
    """The data keys, newest first: the first encrypts, any opens."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise KeysMissingError("DATA_KEYS is empty")
        self._newest = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> str:
        """Text to token."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """Token to text. Raises KeysMissingError when no key opens it."""
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except (InvalidToken, UnicodeError):
            raise KeysMissingError("DATA_KEYS does not open this database: restore the key it was made with") from None

    def rotate(self, token: str) -> str | None:
        """The same text under the newest key, None if it is already. Raises KeysMissingError when no key opens it."""
        try:
            self._newest.decrypt(token.encode("ascii"))
        except (InvalidToken, UnicodeError):
            return self.encrypt(self.decrypt(token))
        return None


_installed: list[Keyring] = []


def install_keyring(keyring: Keyring) -> None:
    """Give this process its data keys; the column types reach them from here."""
    _installed[:] = [keyring]


def keyring() -> Keyring:
    """The installed keys. Raises KeysMissingError before `install_keyring`."""
    if not _installed:
        raise KeysMissingError("the data keys are not installed")
    return _installed[0]


def unseal(token: str) -> str:
    """What an encrypted column holds. Empty text stays empty. Raises KeysMissingError when no key opens it."""
    return keyring().decrypt(token) if token else token


def new_secret() -> str:
    """Sixty-four hexadecimal digits for a new installation."""
    return os.urandom(32).hex()


@dataclass(frozen=True, slots=True)
class InstallationKeys:
    """Keys derived from the installation's secret: for number hashes, draws, the audit's chain and pseudonyms."""

    numbers: bytes
    draws: bytes
    audit: bytes
    pseudonyms: bytes

    @classmethod
    def derive(cls, secret: str) -> "InstallationKeys":
        """All keys from one secret, independent of each other."""
        return cls(
            _hkdf(secret, b"rls-coach phone numbers"),
            _hkdf(secret, b"rls-coach draws"),
            _hkdf(secret, b"rls-coach audit"),
            _hkdf(secret, b"rls-coach pseudonyms"),
        )

    def number_hash(self, phone: str) -> str:
        """The blind index of an E.164 number: 64 hexadecimal digits, the same for the same number."""
        return hmac.new(self.numbers, phone.encode(), hashlib.sha256).hexdigest()

    def draw(self, *names: object) -> float:
        """A number in [0, 1) that depends on nothing but the names: replanning draws the same."""
        return int.from_bytes(self._digest("draw", *names)[:8], "big") // (1 << 11) / (1 << 53)

    def token(self, *names: object) -> str:
        """Thirty-two hexadecimal digits for the same names, which nobody outside can guess."""
        return self._digest("token", *names)[:16].hex()

    def token_of(self, on: date, *names: object) -> str:
        """As `token`, for an evening's text: the eight digits of the date, then twenty-four that nobody can guess.

        Those of one evening lie together in their index. Else each text of thousands would change a page of its own.
        """
        return on.isoformat().replace("-", "") + self._digest("token", on, *names)[:12].hex()

    def pseudonym(self, participant_id: int) -> tuple[str, int]:
        """What a person is called in de-identified exports, and by how many weeks (1 to 52) their dates move back."""
        digest = hmac.digest(self.pseudonyms, str(participant_id).encode(), "sha256")
        return f"p{digest[:8].hex()}", 1 + int.from_bytes(digest[8:16], "big") % 52

    def _digest(self, *names: object) -> bytes:
        return hmac.digest(self.draws, "\x1f".join(map(str, names)).encode(), "sha256")


def _hkdf(secret: str, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(bytes.fromhex(secret))

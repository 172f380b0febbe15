"""Encryption of personal data at rest, and the keyed hash used to look up phone numbers.

`DATA_KEYS` encrypt (Fernet: AES-128-CBC with HMAC-SHA256, newest key first). The hash key must outlive their rotation,
because the number of an erased person can never be hashed again. It is derived (HKDF-SHA256) from a secret made once
per installation and stored in the database, encrypted with the data keys.
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

from schedules.database.pseudonyms import Pseudonym, pseudonym_of


class KeysMissingError(RuntimeError):
    """Personal data was accessed before the keys were installed, or with keys that cannot decrypt it."""


class Keyring:
    """The data keys, newest first: the first one encrypts, any of them decrypts."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise KeysMissingError("DATA_KEYS is empty")
        self._newest = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> str:
        """Encrypt a text."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """Decrypt a token. Raises KeysMissingError if no key can."""
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except (InvalidToken, UnicodeError):
            raise KeysMissingError("DATA_KEYS does not open this database: restore the key it was made with") from None

    def rotate(self, token: str) -> str | None:
        """Re-encrypt with the newest key, or return None if it is in use already. Raises as `decrypt`."""
        try:
            self._newest.decrypt(token.encode("ascii"))
        except (InvalidToken, UnicodeError):
            return self.encrypt(self.decrypt(token))
        return None


_installed: list[Keyring] = []


def install_keyring(keyring: Keyring) -> None:
    """Set the data keys of this process, for use by the column types."""
    _installed[:] = [keyring]


def keyring() -> Keyring:
    """Return the installed keys. Raises KeysMissingError before `install_keyring`."""
    if not _installed:
        raise KeysMissingError("the data keys are not installed")
    return _installed[0]


def unseal(token: str) -> str:
    """Decrypt the raw value of an encrypted column; empty text stays empty. Raises KeysMissingError as `decrypt`."""
    return keyring().decrypt(token) if token else token


def new_secret() -> str:
    """Generate the secret of a new installation: 64 hexadecimal digits."""
    return os.urandom(32).hex()


@dataclass(frozen=True, slots=True)
class InstallationKeys:
    """Keys derived from the installation's secret, one per purpose."""

    numbers: bytes
    draws: bytes
    audit: bytes
    pseudonyms: bytes

    @classmethod
    def derive(cls, secret: str) -> "InstallationKeys":
        """Derive all keys from one secret, independently of each other."""
        return cls(
            _hkdf(secret, b"rls-coach phone numbers"),
            _hkdf(secret, b"rls-coach draws"),
            _hkdf(secret, b"rls-coach audit"),
            _hkdf(secret, b"rls-coach pseudonyms"),
        )

    def number_hash(self, phone: str) -> str:
        """Return the blind index of an E.164 number: 64 hexadecimal digits, the same for the same number."""
        return hmac.new(self.numbers, phone.encode(), hashlib.sha256).hexdigest()

    def draw(self, *names: object) -> float:
        """Return a number in [0, 1) that depends on the names alone, so that replanning draws the same."""
        return int.from_bytes(self._digest("draw", *names)[:8], "big") // (1 << 11) / (1 << 53)

    def token(self, *names: object) -> str:
        """Return 32 hexadecimal digits for the same names, unguessable without the key."""
        return self._digest("token", *names)[:16].hex()

    def token_of(self, on: date, *names: object) -> str:
        """As `token`, for an evening's text: the eight digits of the date, then 24 that cannot be guessed.

        The date first keeps the tokens of one evening together in their index. Otherwise each of thousands of texts
        would touch a different page.
        """
        return on.isoformat().replace("-", "") + self._digest("token", on, *names)[:12].hex()

    def pseudonym(self, participant_id: int) -> Pseudonym:
        """Return a person's name, cut and shift in de-identified exports."""
        return pseudonym_of(self.pseudonyms, participant_id)

    def _digest(self, *names: object) -> bytes:
        return hmac.digest(self.draws, "\x1f".join(map(str, names)).encode(), "sha256")


def _hkdf(secret: str, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(bytes.fromhex(secret))

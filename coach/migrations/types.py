"""The column types that revisions name. They stay as they are, whatever becomes of the code."""

from schedules.database.types import EncryptedJson, EncryptedText, UtcInstant, WallTime

__all__ = ["EncryptedJson", "EncryptedText", "UtcInstant", "WallTime"]

"""`coach api-keys`: a key is printed once, listed without itself, and revoked."""

import json

import pytest

from tests.commands import environment, run


def command(url: str, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What a command says on both streams."""
    done = run(["api-keys", *arguments], environment(url))
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_a_key_is_printed_once_and_is_listed_without_itself(sqlite_url: str) -> None:
    made = json.loads(
        command(sqlite_url, *["add", "--clinic", "Harbor", "--scope", "read,enrol", "--label", "records", "--json"])[0]
    )
    assert made["key"].startswith("rls_")
    assert (made["id"], made["clinic"], made["scopes"]) == (1, "Harbor", ["enrol", "read"])
    printed, told = command(sqlite_url, "add", "--clinic", "Harbor", "--scope", "events")
    assert printed.startswith("rls_")
    assert printed.count("\n") == 1, "it can be put into a variable"
    assert "not shown again" in told
    listed, _ = command(sqlite_url, "list", "--json")
    assert made["key"] not in listed
    assert [(one["id"], one["scopes"], one["label"], one["revoked_at"]) for one in json.loads(listed)] == [
        (1, ["enrol", "read"], "records", None),
        (2, ["events"], None, None),
    ]


def test_a_key_is_revoked_once(sqlite_url: str) -> None:
    command(sqlite_url, "add", "--clinic", "Harbor", "--scope", "read")
    assert "is revoked" in command(sqlite_url, "revoke", "1")[0]
    assert "already" in command(sqlite_url, "revoke", "1")[0]
    assert "revoked on" in command(sqlite_url, "list")[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "--clinic", "Harbor", "--scope", "write"], "choose from enrol, read, events"),
        (["add", "--clinic", "Harbor", "--scope", ","], "at least one scope"),
        (["add", "--clinic", " ", "--scope", "read"], "clinic's name"),
        (["add", "--clinic", "Harbor", "--scope", "read", "--label", "x" * 61], "at most 60"),
        (["add", "--clinic", "Harbor"], "--scope"),
        (["revoke", "7"], "no API key 7"),
    ],
)
def test_wrong_input_is_one_sentence_and_changes_nothing(sqlite_url: str, arguments: list[str], says: str) -> None:
    assert says in command(sqlite_url, *arguments, code=2)[1]
    assert command(sqlite_url, "list", "--json")[0].strip() == "[]"

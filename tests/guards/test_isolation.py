"""Clinics are isolated: every table with a clinic's data is known, and every query behind a page is scoped."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import Table

from coach.database.schema import tables

ROOT = Path(__file__).parents[2]
ROOTS = ("clinic", "participant")
# Who belongs to a clinic but is no participant's data: how each is kept apart.
OF_A_CLINIC = {
    "clinic": "scope.clinics_of",
    "participant": "scope.scope_of_coach",
    "clinic_text": "read for its own clinic's texts by schedules.planning.clinic_library",
    "text_review": "read for its own clinic's texts by schedules.planning.text_reviews",
    "clinic_day": "counted for its own clinic by schedules.outbox.daily_cap",
    "coach_account": "administered through scope.clinics_of",
    "audit_event": "shown through scope.audit_events_of",
    "joining": "counted for its own clinic by coach.accounts.joining, within scope.clinics_of",
    "name_sheet": "read for its own clinic's lists by coach.database.name_sheets, which pages narrow by scope_of_coach",
    "roster_import": "shown through scope.imports_of",
    "api_key": "found by itself; shown through scope.clinics_of",
    "study": "a protocol and its hash, shown through scope.clinics_of",
    "webhook_endpoint": "shown through scope.clinics_of",
    "ready_answer": "read for its own clinic's coaches by coach.inbox.ready_answers",
    "break_glass": "found for its own account within scope.clinics_of; listed for its own clinic's leads",
    "shared_beliefs": "figures over a clinic's nights, read for its own people's draws by schedules.planning.gather",
    "effects_report": "figures over a clinic's nights, shown through scope.clinics_of",
}
# Modules of the pages that touch no participant's data, each with its reason.
UNSCOPED = {
    "coach/web/webhooks.py": "the sender's own number says whose it is",
    "coach/web/sign_in/account_mail.py": "mail to the account that asked for it",
}
SCOPES = {"scope_of_coach", "scope", "clinics_of", "clinics", "signed_in"}


def leads_to(table: Table, seen: frozenset[str] = frozenset()) -> set[str]:
    """The clinic's tables that a table refers to, directly or through others."""
    found = set()
    for key in table.foreign_keys:
        other = key.column.table
        if other.name in ROOTS:
            found.add(other.name)
        elif other.name not in seen:
            found |= leads_to(other, seen | {table.name})
    return found


def test_every_table_of_a_clinic_is_reached_through_its_participant_or_listed_with_how_it_is_scoped() -> None:
    """A new table with a clinic of its own fails here until it is said how it is kept apart."""
    direct = {table.name for table in tables() if any(key.column.table.name == "clinic" for key in table.foreign_keys)}
    assert direct | {"clinic"} <= set(OF_A_CLINIC) | {"participant"}, "say in OF_A_CLINIC how it is scoped"
    assert set(OF_A_CLINIC) <= {table.name for table in tables()}


def test_every_other_table_belongs_to_a_person_or_to_nobody() -> None:
    work = {"installation", "audit_anchor", "worker_heartbeat", "periodic_job", "sender", "set_aside", "long_write"}
    by_hash_or_key = {"suppression", "dead_number", "provider_deletion", "attempt_count"}
    loose = {table.name for table in tables() if not leads_to(table)} - set(OF_A_CLINIC)
    assert loose <= work | by_hash_or_key, "a table that leads to no clinic must hold nobody's data: list it here if so"


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def models_of_people() -> set[str]:
    """The classes of the tables that lead to a participant."""
    from schedules.database.types import Base  # noqa: PLC0415  (the mappers are complete once the tables are)

    tables()
    return {
        mapper.class_.__name__
        for mapper in Base.registry.mappers
        if isinstance(mapper.local_table, Table)
        and ("participant" in leads_to(mapper.local_table) or mapper.local_table.name == "participant")
    }


@pytest.mark.parametrize("path", sorted((ROOT / "coach" / "web").rglob("*.py")), ids=lambda path: path.name)
def test_a_page_that_reads_peoples_data_does_so_within_the_coachs_scope(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    used = names_in(path)
    if used & models_of_people() and name not in UNSCOPED:
        assert used & SCOPES, f"{name} reads {sorted(used & models_of_people())} without a scope"


def test_there_is_one_place_that_says_who_sees_whom() -> None:
    """A condition on a role or on the account's own clinic is written in coach/accounts/scope.py alone."""
    for path in (ROOT / "coach").rglob("*.py"):
        if "Participant.clinic_id == current_user.clinic_id" in path.read_text():
            pytest.fail(f"{path.name} scopes by itself: use coach.accounts.scope")

"""Whose account a sign-in at the identity provider opens. Callers hold the transaction.

An account is found by its verified e-mail address. One that is not there yet is made only if the provider says which
role it has; roles of accounts that are there are changed on the admin's page alone.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from coach.accounts.sign_ins import ROLES, AccountError, HashedPassword, add_account, find_clinic
from coach.accounts.told_leads import CREATED, record_deed
from schedules.database.tables.clinics import Clinic, CoachAccount

ACTOR = "single sign-on"
REFUSED = "Single sign-on worked, but this address has no account here. Ask an admin for one."


@dataclass(frozen=True, slots=True)
class Claims:
    """What the identity provider says of somebody, once its signature, issuer, audience and time are checked."""

    email: str
    roles: tuple[str, ...]


def read_claims(claims: Mapping[str, object], role_claim: str) -> Claims:
    """Read a checked ID token. Raises AccountError for an address that the provider has not verified."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise AccountError("The identity provider has not verified that email address. Ask whoever runs it.")
    said = claims.get(role_claim) if role_claim else None
    listed = said if isinstance(said, list) else [said]
    return Claims(email.strip().lower(), tuple(one for one in listed if isinstance(one, str)))


def account_for(connection: Connection, claims: Claims, now: datetime) -> int:
    """Return the id of the account to sign in, made if its role and clinic are said. Raises AccountError."""
    columns = (CoachAccount.id, CoachAccount.active)
    row = connection.execute(select(*columns).where(CoachAccount.email == claims.email)).first()
    if row is None:
        return _make(connection, claims, now)
    if not row.active:
        raise AccountError(REFUSED)
    return int(row.id)


def requires_single_sign_on(connection: Connection, clinic_id: int | None) -> bool:
    """Whether a clinic's accounts may not sign in with a password."""
    return bool(connection.execute(select(Clinic.single_sign_on).where(Clinic.id == clinic_id)).scalar())


def _make(connection: Connection, claims: Claims, now: datetime) -> int:
    place = _place(connection, claims.roles)
    if place is None:
        raise AccountError(REFUSED)
    role, clinic_id = place
    # No password has this hash; its owner can choose one by "Forgot your password?".
    nobodys = HashedPassword("!" + secrets.token_urlsafe(32))
    account = add_account(connection, claims.email, role, clinic_id, nobodys, now)
    record_deed(connection, ACTOR, CREATED, account.id, clinic_id, now, {"role": role})
    return account.id


def _place(connection: Connection, roles: tuple[str, ...]) -> tuple[str, int] | None:
    """The first value that names a role here: `lead` where there is one clinic, else `North Clinic/lead`.

    Nobody becomes an admin of the whole installation this way.
    """
    clinics = connection.execute(select(Clinic.id)).scalars().all()
    for said in roles:
        name, _, role = said.rpartition("/")
        if role not in ROLES:
            continue
        clinic_id = find_clinic(connection, name) if name else clinics[0] if len(clinics) == 1 else None
        if clinic_id is not None:
            return role, clinic_id
    return None

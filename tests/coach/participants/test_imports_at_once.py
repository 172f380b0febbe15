"""Two commands import at the same time, in processes of their own as far as the database can tell."""

from sqlalchemy import select

from coach.participants.roster import ImportRequest, decide_roster
from coach.participants.roster_jobs import claim, open_import, write_roster
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from tests.coach.participants.test_roster_jobs import ACTOR, PEOPLE, desk_of, made, people


def test_two_files_that_create_the_same_clinic_are_both_imported(runtime: Runtime) -> None:
    data = people()
    request = ImportRequest(None, runtime.catalogue, runtime.keys, runtime.now(), actor=ACTOR)
    decided = decide_roster(lambda: read_transaction(runtime.engine), data, request)
    opened = []
    for worker in ("one", "two"):
        with write_transaction(runtime.engine) as connection:
            given = {"clinic_name": "North", "state": "running", **claim(desk_of(runtime, worker))}
            opened.append((worker, open_import(connection, request, decided.outcome, **given)))
    done = [write_roster(desk_of(runtime, worker), id, data, request, decided) for worker, id in opened]
    assert [one.errors for one in done] == [(), ()]
    assert [one.count("created") for one in done] == [PEOPLE, 0]
    assert done[1].count("ignored") == PEOPLE
    assert made(runtime) == (PEOPLE,) * 3
    with read_transaction(runtime.engine) as connection:
        assert connection.execute(select(Clinic.name)).scalars().all() == ["North"]

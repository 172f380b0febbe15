"""The library: every text with its strategy, guide heading, version, parts and reviewer; what a clinic does not send,
and the texts it wrote itself.
"""

from collections import Counter
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.audit import record
from coach.web.sign_in.access import for_roles, own_zone, signed_in
from coach.web.site import Connection, site
from content.catalogue import Catalogue, CatalogueError
from content.lint import reading_grade
from content.segments import count, normalise
from schedules.database.engine import read_transaction, write_transaction
from schedules.planning.clinic_library import (
    add_texts,
    clinic_catalogue,
    load_own_texts,
    switch,
    switched_off,
    withdraw_text,
)
from schedules.planning.text_reviews import load_reviews
from schedules.timing.local_time import local_date_of

library = Blueprint("library", __name__, url_prefix="/library")
LEADING = ("lead", "admin")


@library.get("/")
@for_roles()
def index() -> str:
    """The strategies, and whether the clinic sends them."""
    with read_transaction(site().runtime.engine) as connection:
        off = _switched_off(connection)
        catalogue = _catalogue(connection)
    return render_template("library.html", catalogue=catalogue, off=off, may_change=_may_change())


@library.get("/messages")
@for_roles()
def messages() -> str:
    """The texts that are no steps: welcome, answers, crisis lines; each has a page of its own."""
    counted = Counter(_name_of(key) for (_, key), texts in site().runtime.catalogue.messages.items() for _ in texts)
    return render_template("library-messages.html", counted=sorted(counted.items()))


@library.get("/messages/<name>")
@for_roles()
def message(name: str) -> str:
    """One of them in every language, and for every country that has its own."""
    catalogue = site().runtime.catalogue
    found = [(*where, texts) for where, texts in catalogue.messages.items() if _name_of(where[1]) == name]
    return render_template("library-message.html", name=name, found=found or abort(404), parts=_parts)


def _name_of(key: str) -> str:
    """Which message a key is: `crisis.us` is that of one country."""
    return key.partition(".")[0]


@library.get("/<strategy>")
@for_roles()
def show(strategy: str) -> str:
    """One strategy's texts in every language."""
    return _page(strategy)


def _page(strategy: str, given: dict[str, str] | None = None, problems: tuple[str, ...] = ()) -> str:
    with read_transaction(site().runtime.engine) as connection:
        off, catalogue = _switched_off(connection), _catalogue(connection)
        clinic_id = signed_in().clinic_id
        reviews = load_reviews(connection, clinic_id) if clinic_id else {}
    return render_template(
        "library-strategy.html",
        reviews=reviews,
        strategy=catalogue.strategies.get(strategy) or abort(404),
        catalogue=catalogue,
        off=strategy in off,
        may_change=_may_change(),
        parts=_parts,
        given=given or {},
        problems=problems,
    )


def _parts(body: str) -> str:
    """What a text costs, its placeholders as they stand."""
    found = count(normalise(body))
    return f"{found.parts} {'part' if found.parts == 1 else 'parts'}, {found.encoding}"


def _may_change() -> bool:
    return signed_in().role in LEADING and signed_in().clinic_id is not None


def _catalogue(connection: Connection) -> Catalogue:
    runtime, clinic_id = site().runtime, signed_in().clinic_id
    own = load_own_texts(connection, [clinic_id]).get(clinic_id, ()) if clinic_id else ()
    return clinic_catalogue(runtime.catalogue, own)


def _switched_off(connection: Connection) -> frozenset[str]:
    clinic_id = signed_in().clinic_id
    return switched_off(connection, clinic_id) if clinic_id else frozenset()


@library.post("/<strategy>/switch")
@for_roles(*LEADING)
def switch_strategy(strategy: str) -> Response:
    """Send a strategy to the clinic's participants, or not."""
    on = request.form.get("to") == "on"
    runtime = site().runtime

    def do(connection: Connection, clinic_id: int) -> str:
        switch(connection, clinic_id, strategy, runtime.catalogue, on=on)
        record(connection, signed_in().email, "changed", f"strategy {strategy}", runtime.now(), clinic_id, {"on": on})
        return f"{strategy} is now {'on' if on else 'off'} for your clinic, starting with the next evening planned."

    return _changed(do, url_for("library.index"))


@library.post("/<strategy>/remove")
@for_roles(*LEADING)
def remove_text(strategy: str) -> Response:
    """Use a text of the clinic's own no more."""
    runtime, text_id, language = site().runtime, request.form.get("text_id", ""), request.form.get("language", "")

    def do(connection: Connection, clinic_id: int) -> str:
        if not withdraw_text(connection, clinic_id, text_id, language, runtime.now()):
            abort(404)
        record(connection, signed_in().email, "withdrew", f"text {text_id}"[:60], runtime.now(), clinic_id)
        return f"{text_id} will no longer be sent."

    return _changed(do, url_for("library.show", strategy=strategy))


@library.post("/<strategy>/texts")
@for_roles(*LEADING)
def add_text(strategy: str) -> Response | tuple[str, int]:
    """Add a text of the clinic's own, or a new version of one; refused in the reviewer's words."""
    runtime, given = site().runtime, {name: request.form.get(name, "").strip() for name in ("language", "name", "body")}

    def do(connection: Connection, clinic_id: int) -> str:
        today = local_date_of(runtime.now(), own_zone(connection))
        table = {**given, "strategy": strategy, "reviewer": signed_in().email, "reviewed_on": today}
        added = add_texts(connection, clinic_id, [table], runtime.catalogue, reading_grade(), runtime.now())
        for text in added:
            record(
                connection, signed_in().email, "created", f"text {strategy}.{text.name}"[:60], runtime.now(), clinic_id
            )
        return "Added. It can be sent starting tonight." if added else "This text already exists."

    try:
        return _changed(do, url_for("library.show", strategy=strategy))
    except CatalogueError as error:
        return _page(
            strategy, given, tuple(f"{one.key.rpartition('.')[2]}: {one.reason}" for one in error.problems)
        ), 400


def _changed(do: Callable[[Connection, int], str], back: str) -> Response:
    clinic_id = signed_in().clinic_id
    if clinic_id is None:
        abort(403)
    try:
        with write_transaction(site().runtime.engine) as connection:
            flash(do(connection, clinic_id))
    except CatalogueError as error:
        if request.endpoint == "library.add_text":
            raise
        flash(str(error), "error")
    return redirect(back, code=303)

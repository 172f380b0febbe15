"""Revoke the keys of other systems; the admin page lists them."""

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from coach.api.keys import revoke_key
from coach.web.sign_in.access import for_roles, signed_in
from coach.web.sign_in.fresh import fresh
from coach.web.site import site
from schedules.database.engine import write_transaction

api_keys = Blueprint("api_keys", __name__, url_prefix="/admin/api-keys")


@api_keys.post("/<int:key_id>/revoke")
@for_roles("admin")
@fresh
def revoke(key_id: int) -> Response:
    """Revoke a key at once. Whoever uses it gets nothing more."""
    runtime, me = site().runtime, signed_in()
    try:
        with write_transaction(runtime.engine) as connection:
            revoke_key(connection, key_id, me.email, runtime.now(), me.clinics)
    except LookupError:
        abort(404)
    flash(f"Key {key_id} was revoked.")
    return redirect(url_for("admin.index") + "#api-keys", code=303)

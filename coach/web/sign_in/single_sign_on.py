"""Single sign-on by OpenID Connect: Authlib asks the identity provider, and checks what it answers.

The library checks state, nonce, PKCE, signature, issuer, audience and time. The second step is the provider's own.
"""

from typing import Any, cast

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, abort, current_app, flash, redirect, request, session, url_for
from flask_security import LoginForm, url_for_security
from flask_security.utils import login_user, validate_redirect_url
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response
from wtforms import Field

from coach.accounts.sign_ins import AccountError
from coach.accounts.single_sign_on import account_for, read_claims, requires_single_sign_on
from coach.audit import record_view
from coach.runtime import Runtime
from coach.web.sign_in.datastore import SessionUser
from coach.web.site import site
from schedules.database.apart import error_name
from schedules.database.engine import read_transaction, write_transaction

SECONDS = 10  # for each answer of the provider
NEXT = "single_sign_on_next"
FAILED = "Single sign-on did not work. Try again, or ask whoever runs it."
REQUIRED = "Your clinic requires single sign-on. Use the button below."

log = structlog.get_logger(__name__)

single_sign_on = Blueprint("single_sign_on", __name__, url_prefix="/sign-in/single")


class PasswordForm(LoginForm):
    """Signing in with a password, for accounts whose clinic allows it; only whoever has the password learns which."""

    def validate(self, **kwargs: object) -> bool:
        """Whether this password may open this account."""
        if not super().validate(**kwargs) or self.user is None:
            return False
        with read_transaction(site().runtime.engine) as connection:
            required = requires_single_sign_on(connection, cast(SessionUser, self.user).clinic_id)
        if required:
            flash(REQUIRED, "error")
            self.form_errors.append(REQUIRED)
        return not required

    def validate_next(self, field: Field) -> None:
        """Lead to the first page instead of to an address that is not ours."""
        if not _is_ours(field.data or ""):
            field.data = ""


def add_single_sign_on(app: Flask, runtime: Runtime) -> None:
    """Give the application its provider, if one is set, and tell the templates whether there is one."""
    settings = runtime.settings
    app.jinja_env.globals["has_single_sign_on"] = bool(settings.oidc_issuer)
    if not settings.oidc_issuer:
        return
    oauth = OAuth(app)
    oauth.register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "default_timeout": SECONDS},
    )
    app.extensions["single_sign_on"] = oauth.provider
    app.register_blueprint(single_sign_on)


@single_sign_on.get("/")
def begin() -> Response:
    """Send the browser to the provider."""
    wanted = request.args.get("next", "")
    session[NEXT] = wanted if _is_ours(wanted) else ""
    back = site().runtime.settings.public_url + url_for("single_sign_on.come_back")
    asked = {"prompt": "login"} if request.args.get("again") else {}
    try:
        answer: Response = _provider().authorize_redirect(back, **asked)
    except (AuthlibBaseError, JoseError, RequestException, ValueError) as error:
        return _refuse(FAILED, error)
    return answer


@single_sign_on.get("/back")
def come_back() -> Response:
    """The provider's answer: sign in whom it names, or say why not."""
    runtime = site().runtime
    settings = runtime.settings
    exactly = {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "values": [settings.oidc_client_id]},
    }
    try:
        told = _provider().authorize_access_token(claims_options=exactly).get("userinfo")
    except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError) as error:
        return _refuse(FAILED, error)
    try:
        claims = read_claims(told or {}, settings.oidc_role_claim)
        with write_transaction(runtime.engine) as connection:
            account_id = account_for(connection, claims, runtime.now())
    except AccountError as error:
        return _refuse(str(error), error)
    wanted = session.pop(NEXT, "")
    login_user(current_app.extensions["security"].datastore.find_user(id=account_id), authn_via=["single sign-on"])
    return redirect(wanted or url_for("home.index"), code=303)


def _is_ours(address: str) -> bool:
    return address.startswith("/") and not address.startswith(("//", "/\\")) and validate_redirect_url(address)


def _provider() -> Any:
    return current_app.extensions.get("single_sign_on") or abort(404)


def _refuse(sentence: str, error: Exception) -> Response:
    runtime = site().runtime
    log.warning("single_sign_on_refused", reason=error_name(error))
    record_view(runtime.engine, "unknown", "no account", runtime.now(), action="was refused single sign-on")
    flash(sentence, "error")
    return redirect(url_for_security("login"), code=303)

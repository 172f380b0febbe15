"""Sign-in by Flask-Security over our own accounts: a password, a second step, and sessions that end."""

from datetime import timedelta

from flask import Flask
from flask_security import Security

from coach.accounts import sign_ins as accounts
from coach.accounts.passwords import SHORTEST
from coach.runtime import Runtime
from coach.web.language.told_library import OurSentences
from coach.web.sign_in.account_mail import QueuedMail
from coach.web.sign_in.datastore import CoachDatastore, OnceTotp
from coach.web.sign_in.forgotten import SENTENCE, add_forgotten_password
from coach.web.sign_in.fresh import FRESH
from coach.web.sign_in.hashing import HashedAside, PasswordRules
from coach.web.sign_in.limits import add_limits
from coach.web.sign_in.passkeys import AddForm, OwnerChecked, UseForm
from coach.web.sign_in.sessions import add_sessions
from coach.web.sign_in.single_sign_on import PasswordForm, add_single_sign_on

RECOVERY_CODES = 10

ADDRESSES = {
    "LOGIN_URL": "/sign-in",
    "LOGOUT_URL": "/sign-out",
    "POST_LOGIN_VIEW": "/",
    "POST_LOGOUT_VIEW": "/sign-in",
    "VERIFY_URL": "/sign-in/again",
    "RESET_URL": "/forgotten-password",
    "CHANGE_URL": "/account/password",
    "POST_CHANGE_VIEW": "/account/",
    "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/second-step",
    "TWO_FACTOR_SETUP_URL": "/sign-in/second-step/set-up",
    "TWO_FACTOR_RESCUE_URL": "/sign-in/second-step/help",
    "TWO_FACTOR_SELECT_URL": "/sign-in/second-step/choose",
    "TWO_FACTOR_POST_SETUP_VIEW": "/account/",
    "WAN_REGISTER_URL": "/account/passkeys",
    "WAN_DELETE_URL": "/account/passkeys/remove",
    "WAN_SIGNIN_URL": "/sign-in/passkey",
    "WAN_VERIFY_URL": "/sign-in/again/passkey",
    "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
    "MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
}
TEMPLATES = {
    "LOGIN_USER_TEMPLATE": "sign-in.html",
    "VERIFY_TEMPLATE": "sign-in-again.html",
    "FORGOT_PASSWORD_TEMPLATE": "password-forgotten.html",
    "RESET_PASSWORD_TEMPLATE": "password-new.html",
    "CHANGE_PASSWORD_TEMPLATE": "password-change.html",
    "TWO_FACTOR_SETUP_TEMPLATE": "second-step-set-up.html",
    "TWO_FACTOR_VERIFY_CODE_TEMPLATE": "second-step.html",
    "TWO_FACTOR_SELECT_TEMPLATE": "second-step.html",
    "WAN_REGISTER_TEMPLATE": "passkeys.html",
    "WAN_SIGNIN_TEMPLATE": "passkey-use.html",
    "WAN_VERIFY_TEMPLATE": "passkey-use.html",
    "MULTI_FACTOR_RECOVERY_TEMPLATE": "recovery-code.html",
    "MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "recovery-codes.html",
    "EMAIL_TEMPLATE_PASSWORD_RESET": "mail/password-forgotten",
    "EMAIL_TEMPLATE_PASSWORD_RESET_NOTICE": "mail/password-changed",
    "EMAIL_TEMPLATE_PASSWORD_CHANGE_NOTICE": "mail/password-changed",
}
WRONG_CODE = "That code is wrong or has already been used. Wait for the next one and try again."
SENTENCES = {
    "UNAUTHENTICATED": "",
    "LOGIN": "",
    "TWO_FACTOR_LOGIN_SUCCESSFUL": "",
    "REAUTHENTICATION_SUCCESSFUL": "",
    "REAUTHENTICATION_REQUIRED": "",
    "TWO_FACTOR_PERMISSION_DENIED": "Sign in with your password first.",
    "TWO_FACTOR_INVALID_TOKEN": WRONG_CODE,
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": "Your new authenticator app is in use.",
    "WEBAUTHN_EXPIRED": "That took too long. Try again.",
    "WEBAUTHN_NAME_REQUIRED": "Give the passkey a name.",
    "WEBAUTHN_NAME_INUSE": "You have a passkey of that name. Choose another name.",
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": "That passkey is not known here. Sign in another way.",
    "WEBAUTHN_NO_VERIFY": "That passkey did not work. Try again.",
    "WEBAUTHN_REGISTER_SUCCESSFUL": "The passkey was added.",
    "WEBAUTHN_CREDENTIAL_DELETED": "The passkey was removed.",
    "INVALID_RECOVERY_CODE": "That recovery code is wrong or has already been used.",
    "PASSWORD_RESET_REQUEST": SENTENCE,
    "PASSWORD_RESET_EXPIRED": "That link has expired. Request a new one.",
    "INVALID_RESET_PASSWORD_TOKEN": "That link does not work or has already been used. Request a new one.",
    "PASSWORD_RESET_NO_LOGIN": "Your password was changed. Sign in with the new one.",
    "PASSWORD_CHANGE": "Your password was changed, and you were signed out everywhere else.",
    "PASSWORD_INVALID_LENGTH": f"The password must have at least {SHORTEST} characters.",
    "PASSWORD_IS_THE_SAME": "The new password is the same as the old one. Choose another.",
    "PASSWORD_MISMATCH": "The two passwords do not match.",
    "RETYPE_PASSWORD_MISMATCH": "The two passwords do not match.",
    "PASSWORD_NOT_PROVIDED": "Enter the password.",
    "INVALID_PASSWORD": "The password is wrong. Try again.",
}


def add_sign_in(app: Flask, runtime: Runtime) -> None:
    """Give the application its sign-in pages and session rules."""
    errors = {f"MSG_{name}": (sentence, "error") for name, sentence in SENTENCES.items()}
    for done in (
        "WEBAUTHN_REGISTER_SUCCESSFUL",
        "WEBAUTHN_CREDENTIAL_DELETED",
        "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL",
        "PASSWORD_RESET_REQUEST",
        "PASSWORD_RESET_NO_LOGIN",
    ):
        errors[f"MSG_{done}"] = (SENTENCES[done], "success")
    errors["MSG_PASSWORD_CHANGE"] = (SENTENCES["PASSWORD_CHANGE"], "success")
    for name, value in (ADDRESSES | TEMPLATES | errors | _rules(runtime)).items():
        app.config[f"SECURITY_{name}"] = value
    security = Security(
        app,
        CoachDatastore(runtime.engine),
        mail_util_cls=QueuedMail,
        totp_cls=OnceTotp,
        password_util_cls=PasswordRules,
        login_form=PasswordForm,
        webauthn_util_cls=OwnerChecked,
        wan_register_form=AddForm,
        wan_signin_response_form=UseForm,
    )
    security.i18n_domain = OurSentences(app)  # type: ignore[no-untyped-call]  # the library is not typed
    security.want_json(lambda _: False)
    security.pwd_context = HashedAside(security.pwd_context)
    add_limits(app)
    add_forgotten_password(app)
    add_sessions(app, runtime)
    add_single_sign_on(app, runtime)


def _rules(runtime: Runtime) -> dict[str, object]:
    return {
        "PASSWORD_HASH": "argon2",
        "PASSWORD_HASH_PASSLIB_OPTIONS": {  # as hard as those that the command line makes
            "argon2__rounds": accounts.HASHER.time_cost,
            "argon2__memory_cost": accounts.HASHER.memory_cost,
            "argon2__parallelism": accounts.HASHER.parallelism,
        },
        "PASSWORD_SCHEMES": ["argon2"],
        "DEPRECATED_PASSWORD_SCHEMES": [],
        "PASSWORD_SINGLE_HASH": ["argon2"],
        "PASSWORD_SALT": "unused: argon2 has its own",
        "PASSWORD_LENGTH_MIN": SHORTEST,
        "LOGOUT_METHODS": ["POST"],
        "CACHE_CONTROL": {"private": None, "no-store": None},
        "RETURN_GENERIC_RESPONSES": True,
        "DEFAULT_REMEMBER_ME": False,
        "SEND_REGISTER_EMAIL": False,
        "EMAIL_PLAINTEXT": True,
        "EMAIL_HTML": False,
        "EMAIL_SUBJECT_PASSWORD_RESET": "RLS Coach: a new password",
        "EMAIL_SUBJECT_PASSWORD_NOTICE": "RLS Coach: your password was changed",
        "EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": "RLS Coach: your password was changed",
        "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
        "RECOVERABLE": True,
        "RESET_PASSWORD_WITHIN": timedelta(hours=1),
        "CHANGEABLE": True,
        "FRESHNESS": FRESH,
        "FRESHNESS_GRACE_PERIOD": timedelta(0),
        "TWO_FACTOR": True,
        "TWO_FACTOR_REQUIRED": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        # Derived from the installation's own secret, so that it outlives a change of SECRET_KEY.
        "TOTP_SECRETS": {"1": runtime.keys.token("second step")},
        "TOTP_ISSUER": "RLS Coach",
        "WEBAUTHN": True,
        "WAN_RP_NAME": "RLS Coach",
        "WAN_ALLOW_USER_HINTS": False,
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
    }

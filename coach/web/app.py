"""The web application: made by a factory, from a runtime that is opened once."""

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, abort, render_template, request
from flask_limiter import Limiter
from flask_wtf import CSRFProtect
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from jinja2.meta import find_referenced_templates
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from werkzeug.middleware.proxy_fix import ProxyFix

from coach.config import SettingError, load_settings
from coach.database.schema import SchemaError
from coach.operations.logs import configure_logs
from coach.runtime import Runtime, open_runtime, signature_check_from
from coach.web import LARGEST_REQUEST
from coach.web.api.application import make_api
from coach.web.joining.form import join_form
from coach.web.joining.page import poster
from coach.web.kept_words import add_kept_words
from coach.web.language.setup import add_language
from coach.web.monitoring.health import health
from coach.web.monitoring.latency import share_counts
from coach.web.monitoring.metrics import metrics
from coach.web.monitoring.tracing import add_tracing
from coach.web.navigation import add_navigation
from coach.web.own_page.page import own_page
from coach.web.pages.account import account
from coach.web.pages.admin import admin
from coach.web.pages.audit_log import log
from coach.web.pages.connections.api_keys import api_keys
from coach.web.pages.connections.events import events
from coach.web.pages.desk.flags import flags
from coach.web.pages.desk.kept import kept_words
from coach.web.pages.desk.leave import leave
from coach.web.pages.desk.ready_answers import ready_answers
from coach.web.pages.effects import effects
from coach.web.pages.enrol import enrol
from coach.web.pages.erase import erasing
from coach.web.pages.home import home
from coach.web.pages.inbox import inbox
from coach.web.pages.library import library
from coach.web.pages.operator import operator
from coach.web.pages.participants import participants
from coach.web.pages.person_actions import person_actions
from coach.web.pages.summary import summary
from coach.web.pages.unsubscribe import unsubscribe
from coach.web.sign_in.access import add_access
from coach.web.sign_in.emergency import emergency
from coach.web.sign_in.setup import add_sign_in
from coach.web.site import Site
from coach.web.staff_names import add_staff_names
from coach.web.template_filters import add_words
from coach.web.url_numbers import Number
from coach.web.view_log import add_view_log
from coach.web.webhooks import webhooks
from content.catalogue import CatalogueError
from schedules.database.encryption import KeysMissingError
from schedules.timing.local_time import zone_names

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CARE = (
    *(home, participants, person_actions, erasing, inbox, flags, leave, ready_answers, kept_words),
    *(enrol, poster, summary, library),
)
OFFICE = (effects, account, admin, emergency, api_keys, log, operator, events)


def create_app(runtime: Runtime | None = None) -> Flask:
    """The WSGI application. Without a runtime one is opened from the environment; a fault there is one sentence."""
    if runtime is None:
        os.umask(0o077)
        try:
            settings = load_settings()
            configure_logs(settings.log_format, settings.sentry_dsn)
            share_counts()
            settings.session_secret()
            runtime = open_runtime(settings)
            zone_names()  # from disk, which the first reply need not wait for
        except (SettingError, SchemaError, CatalogueError, KeysMissingError) as error:
            sys.exit(str(error))
        return _ready(_app_of(runtime))
    return _app_of(runtime)


def _ready(app: Flask) -> Flask:
    """With every template compiled: else whoever comes first waits, and every text that comes meanwhile."""
    left, loader = set(app.jinja_env.list_templates(filter_func=lambda name: "/" not in name)), app.jinja_env.loader
    done: set[str] = set()
    while left and loader is not None:
        name = left.pop()
        app.jinja_env.get_template(name)
        source = loader.get_source(app.jinja_env, name)[0]
        done.add(name)
        left |= {one for one in find_referenced_templates(app.jinja_env.parse(source)) if one} - done
    return app


def _app_of(runtime: Runtime) -> Flask:
    app = Flask(__package__)
    site = Site(runtime, signature_check_from(runtime.settings))
    app.extensions["coach"] = site
    app.url_map.converters["int"] = Number
    _configure(app, runtime)
    add_tracing(app)
    _refuse_foreign_hosts(app, runtime.settings.hosts())
    csrf = CSRFProtect(app)
    add_sign_in(app, runtime)
    _add_components(app)
    add_words(app)
    add_access(app)
    add_staff_names(app)
    add_navigation(app)
    add_language(app)
    for blueprint in (health, metrics, *CARE, *OFFICE, unsubscribe, own_page, join_form):
        app.register_blueprint(blueprint)
    add_view_log(app)
    add_kept_words(app)
    csrf.exempt(unsubscribe)  # a mail program posts it, signed by its token
    csrf.exempt(own_page)  # whoever knows the link may do what its forms do
    _refuse_nul(app)
    _add_headers(app)
    _add_errors(app)
    _put_before(app, "webhooks", "/sms/", webhook_app(site))
    _put_before(app, "api", "/api/v1", api_app(site, app.extensions["attempts"]))
    if runtime.settings.trusted_proxies:
        count = runtime.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # as Flask documents it
    return app


def webhook_app(site: Site) -> Flask:
    """What Twilio calls, an application of its own: its requests are signed, and none of it knows of sessions."""
    app = Flask(__package__, static_folder=None)
    app.extensions["coach"] = site
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_REQUEST)
    add_tracing(app)
    app.register_blueprint(webhooks)
    _add_headers(app)
    return app


def api_app(site: Site, attempts: Limiter) -> Flask:
    """What other systems call. Wrong keys count as wrong passwords do."""
    app = make_api(site)
    app.extensions["attempts"] = attempts
    add_tracing(app)
    _refuse_foreign_hosts(app, site.runtime.settings.hosts())
    _add_headers(app)
    return app


def _put_before(app: Flask, name: str, path: str, other: Flask) -> None:
    """Requests below a path go to an application of their own."""
    app.extensions[name] = other
    pages = app.wsgi_app

    def either(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        chosen = other if environ.get("PATH_INFO", "").startswith(path) else pages
        return chosen(environ, start_response)

    app.wsgi_app = either  # type: ignore[method-assign]  # as Flask documents it


def _configure(app: Flask, runtime: Runtime) -> None:
    secure_cookies = runtime.settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=runtime.settings.session_secret(),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        # The prefix has browsers refuse the cookie from other hosts of the domain and over plain HTTP.
        SESSION_COOKIE_NAME="__Host-coach" if secure_cookies else "coach",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
    )


def _add_components(app: Flask) -> None:
    """GOV.UK Frontend's macros, and WTForms fields drawn with them."""
    components = ("govuk_frontend_jinja", "govuk_frontend_wtf")
    ours = PackageLoader(__package__ or "coach.web")
    app.jinja_loader = ChoiceLoader([ours, PrefixLoader({name: PackageLoader(name) for name in components})])
    WTFormsHelpers(app)


def _refuse_foreign_hosts(app: Flask, hosts: frozenset[str]) -> None:
    """Answer only under our own names. Probes of health and metrics call a machine by its address."""

    @app.before_request
    def refuse() -> None:
        host = urlsplit(f"//{request.host}").hostname
        if hosts and host not in hosts and (request.endpoint or "").partition(".")[0] not in ("health", "metrics"):
            abort(400)


def _refuse_nul(app: Flask) -> None:
    """No form and no address of ours has one, and PostgreSQL takes none. What comes by text is cleaned instead."""

    @app.before_request
    def refuse() -> None:
        pairs = (*request.args.items(multi=True), *request.form.items(multi=True), (request.path, ""))
        if any("\x00" in one for pair in pairs for one in pair):
            abort(400)


def _add_headers(app: Flask) -> None:
    """Strict headers on every answer; nothing that shows people is kept by a cache."""
    secure = Secure(
        csp=ContentSecurityPolicy()
        .default_src("'none'")
        .script_src("'self'")
        .style_src("'self'")
        .img_src("'self'")
        .connect_src("'self'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'"),
        xfo=XFrameOptions().deny(),
        xcto=XContentTypeOptions(),
        referrer=ReferrerPolicy().same_origin(),
        permissions=PermissionsPolicy().geolocation().microphone().camera(),
        coop=CrossOriginOpenerPolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(31536000),
    )

    strict = dict(secure.headers)

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in strict.items():
            response.headers[name] = value
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "private, no-store"
        return response


def _add_errors(app: Flask) -> None:
    sentences = {
        400: "That request was incomplete. Go back and try again.",
        403: "You do not have access to this page.",
        404: "Page not found.",
        405: "This page does not accept that kind of request.",
        413: "The upload is too large.",
        429: "Too many attempts. Wait 15 minutes, then try again.",
        500: "Something went wrong on our end. The error has been logged.",
    }

    def told(error: Exception) -> tuple[str, int]:
        code = getattr(error, "code", 500)
        return render_template("error.html", sentence=sentences.get(code, "Something went wrong."), code=code), code

    for code in sentences:
        app.register_error_handler(code, told)

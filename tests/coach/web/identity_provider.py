"""An identity provider on a real port: OpenID Connect with RS256 keys. It can be told to answer wrongly."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "rls-coach", "a secret of the client"


@dataclass
class IdentityProvider:
    """Who signs in is `claims`; whatever they say overrides what a right token says. `key` signs it."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    known: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    key: RSAKey | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def id_token(self, nonce: str) -> str:
        """A token that is right, unless `claims` say otherwise."""
        now = int(time.time())
        right = {"iss": self.url, "aud": CLIENT_ID, "sub": "1", "iat": now, "exp": now + 300, "nonce": nonce}
        key = self.key or self.known
        return jwt.encode({"alg": "RS256", "kid": "first"}, right | self.claims, key)


def application(provider: IdentityProvider) -> Flask:
    """What it answers."""
    app = Flask("identity provider")

    @app.get("/.well-known/openid-configuration")
    def configuration() -> Response:
        return jsonify(
            issuer=provider.url,
            authorization_endpoint=f"{provider.url}/authorize",
            token_endpoint=f"{provider.url}/token",
            jwks_uri=f"{provider.url}/keys",
            id_token_signing_alg_values_supported=["RS256"],
        )

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(KeySet([provider.known]).as_dict(private=False))

    @app.get("/authorize")
    def authorize() -> Any:
        code = secrets.token_urlsafe(16)
        provider.asked[code] = request.args.to_dict()
        return redirect(f"{request.args['redirect_uri']}?{urlencode({'code': code, 'state': request.args['state']})}")

    @app.post("/token")
    def token() -> Response:
        asked = provider.asked.pop(request.form["code"], None) or abort(400)
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        secret = request.authorization.password if request.authorization else ""
        right = asked["code_challenge_method"] == "S256" and asked["code_challenge"] == proof
        if not right or secret != CLIENT_SECRET or request.form["redirect_uri"] != asked["redirect_uri"]:
            abort(400)
        return jsonify(access_token="unused", token_type="Bearer", id_token=provider.id_token(asked["nonce"]))

    return app


@contextmanager
def answering() -> Iterator[IdentityProvider]:
    """One on a free port, for as long as a block lasts."""
    provider = IdentityProvider()
    server = make_server("127.0.0.1", 0, application(provider), threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""Which addresses may be told of events, and what is said of the others."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from coach.config import Settings
from coach.events.addresses import EndpointError, is_public, read_url
from coach.events.endpoints import read_endpoint
from coach.events.post import post, trusted_authorities
from tests.coach.events.receiving import receiver
from tests.support import settings_for

TWILIO = {"twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": "1", "twilio_from_number": "+15005550006"}
PRIVATE = (
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "ff02::1"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_in_production_no_private_address_is_told_in_whatever_form_it_is_written(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(EndpointError, match="inside a private network"):
        read_url(f"https://{host}/hook", in_production=True)
    assert read_url(f"https://{host}/hook", in_production=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_may_be_told(address: str) -> None:
    assert is_public(address)


def test_a_name_that_leads_to_this_machine_is_refused_in_production() -> None:
    with pytest.raises(EndpointError, match="localhost is inside a private network"):
        read_url("https://localhost/hook", in_production=True)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "Give a web address"),
        ("records.example.org", "Give a web address"),
        ("ftp://records.example.org/", "Give a web address"),
        ("https:///hook", "Give a web address"),
        ("https://records.example.org:99999/", "Give a web address"),
        ("https://records.example.org:0/", "Give a web address"),
        ("https://[::1/", "Give a web address"),
        ("https://a b.example.org/", "Give a web address"),
        ("https://records.example.org/a\r\nX: y", "Give a web address"),
        ("https://récords.example.org/", "Give a web address"),
        ("https://records.example.org/" + "a" * 500, "Give a web address"),
        ("https://me:secret@records.example.org/", "without a user name"),
        ("https://records.example.org/#there", "without a user name"),
        ("http://records.example.org/", "must begin with https://"),
        ("http://localhost.example.org/", "must begin with https://"),
    ],
)
def test_what_is_no_address_to_be_told_is_refused_with_what_to_do(url: str, says: str) -> None:
    with pytest.raises(EndpointError, match=says):
        read_url(url, in_production=False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_without_encryption_only_this_machine_is_told_and_only_outside_production(host: str) -> None:
    assert read_url(f" http://{host}:8080/hook ", in_production=False) == f"http://{host}:8080/hook"
    with pytest.raises(EndpointError, match="must begin with https://"):
        read_url(f"http://{host}:8080/hook", in_production=True)


def test_an_unknown_type_is_refused_with_those_there_are() -> None:
    with pytest.raises(EndpointError, match="'night_unknown' is not a type of event: choose from"):
        read_endpoint("https://records.example.org/", ["night_unknown"], in_production=False)


@pytest.mark.parametrize(
    ("given", "is_production"),
    [
        ({}, False),
        (TWILIO, True),
        (TWILIO | {"twilio_api_url": "http://127.0.0.1:9000"}, False),
        (TWILIO | {"twilio_api_url": "https://twilio.example.org"}, True),
    ],
)
def test_production_is_where_texts_reach_people(given: dict[str, str], is_production: bool) -> None:
    settings: Settings = settings_for("sqlite://", **given)
    assert settings.in_production == is_production


def test_the_address_is_looked_up_and_checked_again_for_every_request() -> None:
    """A name may lead elsewhere than when it was added."""
    with receiver() as hook:
        port = hook.url.split(":")[2].split("/")[0]
        for host in ("localhost", "127.0.0.1"):
            answer = post(f"http://{host}:{port}/", b"{}", {}, public_only=True, seconds=5.0)
            assert (answer.status, answer.trouble) == (None, "leads into a private network")
        assert hook.got == []
        assert post(f"http://localhost:{port}/", b"{}", {}, public_only=False, seconds=5.0).status == 204
    assert hook.got[0].headers["host"] == f"localhost:{port}"


def certificate_for(name: str, folder: Path) -> Path:
    """A file with a new key, and a certificate of its own for a name."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    as_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(as_pem + made.public_bytes(Encoding.PEM))
    return file


def test_an_encrypted_endpoint_must_prove_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate_for("localhost", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with receiver(tls=context) as hook:
        by_name = hook.url.replace("127.0.0.1", "localhost")
        assert post(by_name, b"{}", {}, public_only=False, seconds=5.0).trouble == "certificate not valid"
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        trusted_authorities.cache_clear()
        try:
            assert post(by_name, b"{}", {}, public_only=False, seconds=5.0).status == 204
            assert post(hook.url, b"{}", {}, public_only=False, seconds=5.0).trouble == "certificate not valid"
        finally:
            trusted_authorities.cache_clear()
    assert [one.body for one in hook.got] == [b"{}"]


def test_a_name_that_does_not_exist_and_a_shut_port_are_told_apart() -> None:
    assert post("https://no-such-name.invalid/", b"", {}, public_only=False, seconds=5.0).trouble == "name not found"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{unused.getsockname()[1]}/"
        assert post(url, b"", {}, public_only=False, seconds=5.0).trouble == "connection refused"

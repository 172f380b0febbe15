"""As to Twilio itself: over TLS, to a server that somebody vouches for."""

import datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from schedules.gateway.http_client import PooledHttpClient
from schedules.gateway.protocol import Accepted, NotProcessed, OutgoingText
from tests.gateways import gateway_to
from tests.schedules.canned import canned, http

TAKEN = http("201 Created", '{"sid": "SM1", "status": "queued"}', "Connection: close")
TEXT = OutgoingText("+14155550001", "Stretch a little, señora.", "0" * 32, 600)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One for 127.0.0.1 that vouches for itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    )
    return file


def test_texts_are_taken_one_after_the_other(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with canned(TAKEN, certificate=certificate) as server:
        gateway = gateway_to(server.url)
        assert [gateway.send(TEXT), gateway.send(TEXT)] == [Accepted("SM1", "queued")] * 2
        gateway.close()
    assert ["Stretch+a+little%2C+se%C3%B1ora." in request for request in server.asked] == [True, True]


def test_a_long_answer_is_whole(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    long = "é" * 1_000_000
    with canned(http("200 OK", long, "Connection: close"), certificate=certificate) as server:
        client = PooledHttpClient(server.url)
        assert client.request("POST", "/x", data={"a": long}).text == long


def test_who_is_vouched_for_by_nobody_is_told_nothing(certificate: Path) -> None:
    with canned(TAKEN, certificate=certificate) as server:
        gateway = gateway_to(server.url)
        assert gateway.send(TEXT) == NotProcessed("SSLCertVerificationError")
        gateway.close()
    assert server.asked == []

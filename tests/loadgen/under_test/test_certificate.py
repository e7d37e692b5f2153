import socket
import ssl
import threading
from pathlib import Path

import pytest

from loadgen.under_test.certificate import Certificate, client_context, issued


def handshake(certificate: Certificate, authority: str, host: str) -> str | None:
    """The TLS version that a client and a server with these agree on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.files["chain"], certificate.files["key"])
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            context.wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    server = threading.Thread(target=serve)
    server.start()
    trusting = client_context(authority)
    assert trusting is not None
    try:
        with ours, trusting.wrap_socket(ours, server_hostname=host) as client:
            return client.version()
    finally:
        ours.close()
        server.join()


def test_its_clients_trust_it_and_it_is_gone_afterwards() -> None:
    with issued("127.0.0.1", "localhost") as certificate:
        folder = Path(certificate.files["key"]).parent
        assert folder.stat().st_mode & 0o077 == 0
        for host in ("127.0.0.1", "localhost"):
            assert handshake(certificate, certificate.authority, host) == "TLSv1.3"
    assert not folder.exists()


def test_it_is_refused_under_another_name_and_from_another_authority() -> None:
    with issued("127.0.0.1") as certificate, issued("127.0.0.1") as stranger:
        with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
            handshake(certificate, certificate.authority, "127.0.0.2")
        with pytest.raises(ssl.SSLCertVerificationError, match="self-signed|unable to get local"):
            handshake(certificate, stranger.authority, "127.0.0.1")


def test_without_an_authority_there_is_no_tls() -> None:
    assert client_context("") is None

from http import HTTPStatus

from loadgen.clients.connections.websocket import request_bytes, response_bytes


def test_counts_a_request_to_its_empty_line() -> None:
    raw = b"GET /websocket?after=0 HTTP/1.1\r\nHost: a:1\r\nUpgrade: websocket\r\n\r\n"
    headers = [("Host", "a:1"), ("Upgrade", "websocket")]
    assert request_bytes(b"/websocket?after=0", headers) == len(raw)


def test_counts_a_response_to_its_empty_line() -> None:
    raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    headers = [("Upgrade", "websocket")]
    assert response_bytes(HTTPStatus.SWITCHING_PROTOCOLS, headers) == len(raw)

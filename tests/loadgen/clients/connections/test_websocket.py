from loadgen.clients.connections.websocket import head_bytes


def test_counts_a_request_to_its_empty_line() -> None:
    raw = b"GET /websocket?after=0 HTTP/1.1\r\nHost: a:1\r\nUpgrade: websocket\r\n\r\n"
    headers = [("Host", "a:1"), ("Upgrade", "websocket")]
    assert head_bytes(b"GET /websocket?after=0 HTTP/1.1", headers) == len(raw)


def test_counts_a_response_to_its_empty_line() -> None:
    raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    headers = [("Upgrade", "websocket")]
    assert head_bytes(b"HTTP/1.1 101 Switching Protocols", headers) == len(raw)

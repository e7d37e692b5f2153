import json
from pathlib import Path
from typing import get_args

import pytest

from loadgen.clients.header_profiles import (
    QUANTUM_2010_BYTES,
    handshake_headers,
    poll_request,
    request,
    stream_request,
)
from loadgen.runfile.scenario import HeaderProfile

PROFILES: tuple[HeaderProfile, ...] = get_args(HeaderProfile)
URL = "http://127.0.0.1:36695"
WEBSOCKET = "ws://127.0.0.1:36695/websocket"
FACTS_2010 = Path(__file__).parents[4] / "shared" / "quantum-2010-headers.json"


def test_minimal_is_what_http_demands() -> None:
    make = poll_request("minimal", f"{URL}/short-poll")
    assert make(17) == b"GET /short-poll?after=17 HTTP/1.1\r\nHost: 127.0.0.1:36695\r\n\r\n"


def test_chrome_is_as_captured() -> None:
    """506 bytes from a Chromium without a window, whose name is longer by `Headless`."""
    request = poll_request("chrome", f"{URL}/short-poll")(17)
    assert len(request) == 506 - len("Headless")
    assert b"Headless" not in request
    assert b"\r\nReferer: http://127.0.0.1:36695/\r\n" in request


@pytest.mark.parametrize("profile", PROFILES)
def test_a_stream_is_asked_for_by_its_type(profile: HeaderProfile) -> None:
    request = stream_request(profile, f"{URL}/sse", 17)
    assert request.startswith(b"GET /sse?after=17 HTTP/1.1\r\nHost: 127.0.0.1:36695\r\n")
    assert request.endswith(b"\r\n\r\n")
    assert request.count(b"\r\nAccept: text/event-stream\r\n") == 1
    assert request.count(b"\r\nAccept: ") == 1


def test_a_stream_of_chrome_is_a_poll_that_no_cache_may_answer() -> None:
    """In another order, as captured: see tests/browser."""
    poll = poll_request("chrome", f"{URL}/sse")(17).replace(b"*/*", b"text/event-stream")
    stream = stream_request("chrome", f"{URL}/sse", 17)
    assert sorted(stream.splitlines()) == sorted(
        [*poll.splitlines(), b"Pragma: no-cache", b"Cache-Control: no-cache"]
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_a_long_poll_names_its_timeout(profile: HeaderProfile) -> None:
    request = poll_request(profile, f"{URL}/long-poll", timeout_s=2.5)(3)
    assert request.startswith(b"GET /long-poll?after=3&timeout_s=2.5 HTTP/1.1\r\nHost: 127")
    assert request.endswith(b"\r\n\r\n")
    assert request.count(b"\r\n\r\n") == 1


@pytest.mark.parametrize("profile", PROFILES)
def test_a_connection_for_one_poll_says_close(profile: HeaderProfile) -> None:
    request = poll_request(profile, f"{URL}/short-poll", keep_alive=False)(3)
    assert request.count(b"\r\nConnection: close\r\n") == 1
    assert b"alive" not in request.lower()


@pytest.mark.parametrize("after", [0, 9, 10, 123_456_789])
@pytest.mark.parametrize("path", ["/", "/short-poll", "/a/longer/path/to/the/feed"])
@pytest.mark.parametrize("host", ["a:1", "localhost:8080", "one.quite.long.name.example:65535"])
@pytest.mark.parametrize("keep_alive", [True, False])
def test_quantum_2010_always_has_716_bytes(
    after: int, path: str, host: str, keep_alive: bool
) -> None:
    for timeout_s in (None, 30.0):
        make = poll_request(
            "quantum-2010", f"http://{host}{path}", timeout_s=timeout_s, keep_alive=keep_alive
        )
        assert len(make(after)) == QUANTUM_2010_BYTES == 716
        assert not make(after)[:-4].endswith((b" ", b";"))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("compression", [True, False])
def test_a_get_of_any_target_is_that_of_a_poll(
    profile: HeaderProfile, keep_alive: bool, compression: bool
) -> None:
    make = poll_request(profile, f"{URL}/x", keep_alive=keep_alive, compression=compression)
    url, query = f"{URL}/x", "?after=17"
    made = request(profile, url, query, keep_alive=keep_alive, compression=compression)
    assert made == make(17)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_post_has_its_body_and_says_how_long_it_is(profile: HeaderProfile) -> None:
    head, body = request(profile, f"{URL}/x", "?y", "größer".encode()).split(b"\r\n\r\n")
    assert body.decode() == "größer"
    assert head.startswith(b"POST /x?y HTTP/1.1\r\nHost: 127.0.0.1:36695\r\n")
    assert b"\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 8\r\n" in head + b"\r\n"
    assert (b"\r\nOrigin: http://127.0.0.1:36695" in head) == (profile == "chrome")
    if profile == "quantum-2010":
        assert len(head) + 4 == QUANTUM_2010_BYTES


def test_quantum_2010_refuses_a_path_that_leaves_no_room() -> None:
    with pytest.raises(ValueError, match="cannot be made 716"):
        poll_request("quantum-2010", f"{URL}/" + "x" * 700)(1)


@pytest.mark.skipif(not FACTS_2010.exists(), reason="the facts of 2010 are not at hand")
def test_quantum_2010_is_the_published_request() -> None:
    """Line by line, but for the path, the host and the end of the cookies."""
    published = json.loads(FACTS_2010.read_text())["request"]
    ours = poll_request("quantum-2010", "http://localhost:8080/short-poll")(1).decode().splitlines()
    assert ours[1:-2] == published[1:-1]
    assert ours[-2].startswith(published[-1][:-10])


def test_handshakes_carry_what_the_browser_sends() -> None:
    assert handshake_headers("minimal", WEBSOCKET) == []
    assert ("Origin", URL) in handshake_headers("chrome", WEBSOCKET)
    assert ("Origin", "https://a:1") in handshake_headers("chrome", "wss://a:1/websocket")
    assert "Chrome/156" in dict(handshake_headers("chrome", WEBSOCKET))["User-Agent"]
    assert "Firefox/3.5.5" in dict(handshake_headers("quantum-2010", WEBSOCKET))["User-Agent"]


@pytest.mark.parametrize("profile", PROFILES)
def test_handshakes_leave_the_protocols_own_headers_to_the_library(profile: HeaderProfile) -> None:
    own = {"host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version"}
    names = [name.lower() for name, _ in handshake_headers(profile, WEBSOCKET)]
    assert not own.intersection(names)
    assert len(set(names)) == len(names)

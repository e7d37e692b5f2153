"""What `pushbench serve` has beside the transports: its endpoints, over real sockets."""

import json
import re
from collections.abc import AsyncIterator
from importlib import resources
from typing import Any

import pytest
from websockets.asyncio.client import connect

from feed.spec import FeedSpec
from reports.formatting.transport_style import style_of
from servers.demo.app import with_the_pages
from servers.process import in_words, running
from servers.settings import ServerSettings
from tests.servers.http_client import Answer, Connection, connected

JSON = "Content-Type: application/json\r\n"
PAGE = resources.files("servers.demo").joinpath("page")


def settings(**feed: Any) -> ServerSettings:
    spec = FeedSpec(**{"schedule": "constant", "rate_per_s": 50.0, **feed})
    names = with_the_pages(())
    return ServerSettings(transports=names, feed=spec, autostart=True, lead_ns=0, page=True)


@pytest.fixture
async def http() -> AsyncIterator[Connection]:
    async with running(settings()) as ready, connected(ready.urls["short-poll"]) as connection:
        yield connection


async def post(http: Connection, target: str, body: bytes, kind: str = JSON) -> Answer:
    http.ask(target, "POST", body, kind)
    return await http.answer()


async def test_the_config_says_where_everything_is(http: Connection) -> None:
    config = (await http.get("/config")).json
    assert set(config["urls"]) == {"short-poll", "long-poll", "sse", "websocket", "echo", "chat"}
    assert config["urls"]["chat"] == config["urls"]["websocket"].replace("/websocket", "/chat")
    assert config["subprotocols"] == ["echo.pushbench"]
    assert config["feed"]["rate_per_s"] == 50.0
    assert config["request_bytes"] == len("GET /config HTTP/1.1\r\nHost: test\r\n\r\n")


async def test_the_clock_counts_from_the_feeds_epoch(http: Connection) -> None:
    while not (events := (await http.get("/short-poll?after=0")).body):
        pass
    newest_ns = json.loads(events)[-1]["due"]
    first = (await http.get("/feed/clock")).json["now_ns"]
    second = (await http.get("/feed/clock")).json["now_ns"]
    assert newest_ns <= first < second


async def test_a_new_rate_is_the_feeds_from_now_on(http: Connection) -> None:
    """At 0.1 a second the next event would be seconds away; numbers and times go on as before."""
    answer = await post(http, "/feed/rate", b'{"rate_per_s":0.1}')
    assert (answer.status, answer.json) == (200, {"rate_per_s": 0.1})
    assert (await http.get("/config")).json["feed"]["rate_per_s"] == 0.1
    await post(http, "/feed/rate", b'{"rate_per_s":50}')
    events: list[dict[str, Any]] = []
    while len(events) < 10:
        found = await http.get(f"/short-poll?after={events[-1]['seq'] if events else 0}")
        events += json.loads(found.body or b"[]")
    assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
    dues = [each["due"] for each in events]
    assert dues == sorted(dues)
    assert dues[-1] - dues[-2] == 20_000_000


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"rate_per_s":0}', b'{"rate_per_s":51}', b'{"rate_per_s":"5"}', b"\xff"]
    + [b'{"rate_per_s":1e400}', b'{"rate_per_s":5,"for":"me"}'],
)
async def test_what_is_no_rate_is_refused(http: Connection, body: bytes) -> None:
    answer = await post(http, "/feed/rate", body)
    assert answer.status == 400
    assert answer.json["error"].startswith("not a rate: ")


async def test_a_recording_keeps_its_rate(tmp_path: Any) -> None:
    trace = tmp_path / "short.jsonl"
    trace.write_text('{"t": 0, "data": "a"}\n')
    recorded = settings(schedule="trace", trace=str(trace))
    async with running(recorded) as ready, connected(ready.urls["short-poll"]) as http:
        assert (await http.get("/config")).json["feed"]["rate_per_s"] is None
        assert (await post(http, "/feed/rate", b'{"rate_per_s":1}')).status == 409


async def test_what_is_posted_is_heard_over_both(http: Connection) -> None:
    chat = (await http.get("/config")).json["urls"]["chat"]
    said = await post(http, "/chat", '{"name":"Ada","text":"grüß dich"}'.encode())
    assert (said.status, said.json["seq"], said.json["data"]) == (201, 1, "grüß dich")
    async with connect(f"{chat}?after=0") as socket:
        assert json.loads(await socket.recv()) == said.json
        await socket.send('{"name":"Bob","text":"hello"}')
        assert json.loads(await socket.recv())["name"] == "Bob"
        await socket.send("nonsense")
        assert "not a message" in json.loads(await socket.recv())["error"]
    assert [each["data"] for each in (await http.get("/chat?after=1")).json] == ["hello"]


@pytest.mark.parametrize("after", ["-1", "text", "1.5", "", "%D9%A3", str(10**30)])
async def test_a_bad_cursor_is_refused(http: Connection, after: str) -> None:
    answer = await http.get(f"/chat?after={after}")
    assert answer.status == 400
    assert answer.json["error"].startswith("after must be a decimal integer")


async def test_a_cursor_of_another_room_is_a_gap(http: Connection) -> None:
    answer = await http.get("/chat?after=7")
    assert answer.status == 410
    assert answer.json == {"error": "gap", "after": 7, "first_seq": 1, "last_seq": 0}


@pytest.mark.parametrize("target", ["/chat", "/feed/rate"])
async def test_another_sites_form_is_refused_and_so_is_too_much(
    http: Connection, target: str
) -> None:
    form = await post(http, target, b'{"rate_per_s":1}', "Content-Type: text/plain\r\n")
    assert form.status == 415
    assert (await post(http, target, b" " * 5_000)).status == 413


async def test_the_page_runs_nothing_but_its_own_files(http: Connection) -> None:
    page = await http.get("/")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; connect-src 'self' ws: wss:")
    assert "unsafe" not in policy
    for name in re.findall(r'(?:src|href)="([^"#]+)"', page.body.decode()):
        assert (await http.get(f"/{name}")).status == 200, name
    assert (await http.get("/../serve.py")).status == 404


async def test_a_server_that_is_measured_has_none_of_it() -> None:
    trial = ServerSettings(transports=("short-poll", "websocket"))
    async with running(trial) as ready, connected(ready.urls["short-poll"]) as http:
        for target in ("/", "/config", "/chat", "/feed/clock"):
            assert (await http.get(target)).status == 404
        async with connected(ready.urls["websocket"]) as port:
            assert (await port.get("/chat")).status == 404


async def test_a_person_is_told_where_in_words() -> None:
    async with running(settings()) as ready:
        first, *others = in_words(ready).splitlines()
        site = ready.urls["short-poll"].removesuffix("short-poll")
        assert first == f"Open {site} in a browser. Ctrl-C ends it."
        assert any(ready.urls["websocket"] in line for line in others)


def test_no_file_asks_anything_of_elsewhere() -> None:
    for entry in PAGE.iterdir():
        found = set(re.findall(r"https?://[^\s\"'`$<)]+", entry.read_text()))
        assert found <= {"http://www.w3.org/2000/svg"}, entry.name
        assert "innerHTML" not in entry.read_text()


def blanks(text: str) -> list[str]:
    """What is to be filled in."""
    return sorted(re.findall(r"\{\w+\}", text))


def test_both_languages_say_the_same_things() -> None:
    english, chinese = (
        json.loads(PAGE.joinpath(f"{tag}.json").read_text()) for tag in ("en", "zh")
    )
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert blanks(text) == blanks(chinese[key]), key
    html = PAGE.joinpath("index.html").read_text()
    asked = set(re.findall(r'data-(?:word|label)="(\w+)"', html))
    scripts = "".join(each.read_text() for each in PAGE.iterdir() if each.name.endswith(".js"))
    asked |= set(re.findall(r'\b(?:say|problem)\("([\w-]+)"', scripts))
    assert asked <= set(english)


@pytest.mark.parametrize("name", ["short-poll", "long-poll", "sse", "websocket"])
def test_a_transport_has_the_colour_of_the_reports(name: str) -> None:
    css = PAGE.joinpath("page.css").read_text()
    assert re.search(
        rf'\[data-transport="{name}"\][^{{]*{{ --mark: {style_of(name).colour}; }}', css
    )

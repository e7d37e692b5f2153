import contextlib
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from feed.errors import InputError
from feed.event import decode_batch
from feed.spec import FeedSpec
from servers.http.sockets import CannotListen, bind
from servers.process import running
from servers.settings import ServerSettings
from tests.servers.http_client import Connection, connected

PLAN = {"workers": 1, "warmup_ns": 1_000_000, "duration_ns": 10_000_000}


def settings(**changes: Any) -> ServerSettings:
    feed = FeedSpec(schedule="constant", rate_per_s=1_000, payload_bytes=10)
    defaults = ServerSettings(transports=("short-poll",), feed=feed, lead_ns=0)
    return msgspec.structs.replace(defaults, **changes)


def two_free_ports() -> int:
    """The first of two neighbours, of below those that are given out for port 0 (on Linux from
    32768 on): none of the tests beside this one takes them meanwhile.
    """
    for port in range(20_000 + os.getpid() % 1_000 * 10, 32_000, 2):
        with contextlib.suppress(CannotListen), bind("127.0.0.1", port):
            with bind("127.0.0.1", port + 1):
                return port
    raise AssertionError("no two ports are free")


async def figures(control: Connection, key: str) -> Any:
    """The figures, as soon as `key` is there."""
    while True:
        answer = await control.get("/figures")
        if answer.json[key] is not None:
            return answer.json


async def test_a_trial_from_the_barrier_to_the_figures() -> None:
    async with running(settings(lead_ns=2_000_000)) as ready, connected(ready.control) as control:
        before = (await control.get("/figures")).json
        assert (before["epoch_ns"], before["published"]["last_seq"]) == (None, 0)
        asked_ns = time.monotonic_ns()
        epoch_ns = (await control.post("/barrier", PLAN)).json["epoch_ns"]
        assert epoch_ns >= asked_ns + 2_000_000
        # One event is due each ms, the first after half a ms: the second to the eleventh.
        while len((after := await figures(control, "window_end"))["lags_ns"]) < 10:
            pass
    assert after["epoch_ns"] == epoch_ns
    assert after["ready"]["at_ns"] < asked_ns
    assert after["window_start"]["at_ns"] >= epoch_ns + 1_000_000
    assert after["window_end"]["at_ns"] >= epoch_ns + 11_000_000
    assert len(after["lags_ns"]) == 10
    assert after["published"]["last_seq"] >= len(after["lags_ns"]) + 1
    assert min(after["lags_ns"]) >= 0
    assert after["libraries"].keys() == {"aiohttp"}


async def test_the_clock_is_this_hosts_monotonic_one() -> None:
    async with running(settings()) as ready, connected(ready.control) as control:
        before_ns = time.monotonic_ns()
        now_ns = (await control.get("/clock")).json["now_ns"]
        assert before_ns <= now_ns <= time.monotonic_ns()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"workers": 0, "warmup_ns": 0, "duration_ns": 1},
        {"workers": 1, "warmup_ns": -1, "duration_ns": 1},
        {"workers": 1, "warmup_ns": 0, "duration_ns": 0},
        {"workers": 1, "warmup_ns": 0, "duration_ns": 2**62},
        {"workers": "1", "warmup_ns": 0, "duration_ns": 1},
        {"workers": 1, "warmup_ns": 0, "duration_ns": 1, "colour": "red"},
        [],
    ],
)
async def test_a_malformed_plan_is_refused(body: object) -> None:
    async with running(settings()) as ready, connected(ready.control) as control:
        answer = await control.post("/barrier", body)
        assert answer.status == 400
        assert answer.json["error"].startswith("not a plan of a trial: ")


async def test_a_plan_that_is_no_json_is_refused() -> None:
    async with running(settings()) as ready, connected(ready.control) as control:
        control.ask("/barrier", "POST", b"\xff{")
        assert (await control.answer()).status == 400


async def test_a_second_barrier_is_refused() -> None:
    async with running(settings()) as ready, connected(ready.control) as control:
        await control.post("/barrier", PLAN)
        answer = await control.post("/barrier", PLAN)
        assert answer.status == 409
        assert "already started" in answer.json["error"]


async def test_workers_must_agree() -> None:
    async with running(settings()) as ready, connected(ready.control) as first:
        first.ask("/barrier", "POST", b'{"workers":2,"warmup_ns":0,"duration_ns":5}')
        async with connected(ready.control) as second:
            answer = await second.post("/barrier", {"workers": 2, "warmup_ns": 1, "duration_ns": 5})
            assert answer.status == 409


async def test_autostart_needs_no_barrier() -> None:
    async with running(settings(autostart=True)) as ready:
        async with connected(ready.control) as control:
            opening = (await control.post("/barrier", PLAN)).json
            assert opening["begins_ns"] > opening["epoch_ns"]
            about = (await control.get("/pushbench")).json
            assert (about["urls"], about["feed"]["seed"]) == (ready.urls, 1)
        async with connected(ready.urls["short-poll"]) as client:
            while (answer := await client.get("/short-poll?after=0")).status == 204:
                pass
            assert decode_batch(answer.body)[0].seq == 1


async def test_http_transports_share_a_port_and_the_others_take_the_next() -> None:
    names = ("websocket", "short-poll", "long-poll")
    port = two_free_ports()
    async with running(settings(transports=names, port=port)) as ready:
        assert ready.urls == {
            "short-poll": f"http://127.0.0.1:{port}/short-poll",
            "long-poll": f"http://127.0.0.1:{port}/long-poll",
            "websocket": f"ws://127.0.0.1:{port + 1}/websocket",
        }
        assert ready.libraries.keys() == {"aiohttp", "websockets"}


async def test_each_library_of_a_transport_has_a_port_of_its_own() -> None:
    names = ("websocket", "short-poll", "websocket@aiohttp", "short-poll@httptools")
    async with running(settings(transports=names)) as ready:
        assert set(ready.urls) == set(names)
        assert len({urlsplit(url).port for url in ready.urls.values()}) == 4
        paths = {name: urlsplit(url).path for name, url in ready.urls.items()}
        assert paths["websocket@aiohttp"] == paths["websocket"] == "/websocket"
        assert paths["short-poll@httptools"] == "/short-poll"
        assert ready.libraries.keys() == {"aiohttp", "httptools", "websockets"}


async def test_one_that_is_alone_listens_on_the_port_named() -> None:
    port = two_free_ports()
    async with running(settings(transports=("websocket",), port=port)) as ready:
        assert ready.urls == {"websocket": f"ws://127.0.0.1:{port}/websocket"}
        assert ready.libraries.keys() == {"websockets"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"transports": ()}, "expected at least one of short-poll, long-poll, "),
        ({"transports": ("carrier-pigeon",)}, "not 'carrier-pigeon'"),
        ({"feed": FeedSpec(schedule="trace", trace="nowhere.jsonl")}, "cannot read the trace"),
    ],
)
async def test_wrong_settings_are_told(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        async with running(settings(**changes)):
            pytest.fail("it runs")


@pytest.mark.parametrize("name", ["port", "control_port"])
async def test_a_taken_port_is_told_and_everything_else_let_go(name: str) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=str(port)):
            async with running(settings(**{name: port})):
                pytest.fail("it runs")


async def test_a_trace_is_replayed_to_its_end(tmp_path: Path) -> None:
    trace = tmp_path / "short.jsonl"
    trace.write_text('{"t": 0, "data": "a"}\n{"t": 1, "data": "ß"}\n')
    feed = FeedSpec(schedule="trace", trace=str(trace), speed=1000)
    async with running(settings(feed=feed, autostart=True)) as ready:
        async with connected(ready.urls["short-poll"]) as client:
            while (answer := await client.get("/short-poll?after=1")).status != 200:
                pass
    assert [(each.seq, each.due, each.data) for each in decode_batch(answer.body)] == [
        (2, 1_000_000, "ß")
    ]

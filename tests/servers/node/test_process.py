"""The program: its ready line, its control port, its ends, and what it is told wrong."""

import asyncio
import json
import subprocess
import sys

import pytest

from feed.spec import FeedSpec
from loadgen.under_test import server
from servers.http.sockets import bind
from tests.servers.conftest import ROOT
from tests.servers.http_client import connected
from tests.servers.node.conftest import TRANSPORTS, WEBSOCKET, Serve, subscribed

pytestmark = pytest.mark.node

FEED = FeedSpec(rate_per_s=400.0)
PLAN = {"workers": 2, "warmup_ns": 0, "duration_ns": 100_000_000}
DEFAULTS = {"transports": [WEBSOCKET], "python": sys.executable}


def outcome(*arguments: str) -> tuple[int, str, str]:
    program = ["node", str(server.node_folder()), *arguments]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def test_the_ready_line_says_where_everything_is(serve: Serve) -> None:
    ready = serve(feed=FEED)
    assert list(ready) == ["pushbench", "pid", "urls", "echo", "control", "loop", "libraries"]
    assert tuple(ready["urls"]) == tuple(ready["echo"]) == TRANSPORTS
    assert ready["echo"][WEBSOCKET] == ready["urls"][WEBSOCKET].replace("/websocket", "/echo")
    assert ready["libraries"].keys() == {"nodejs-websocket", "socket.io"}
    assert ready["loop"].startswith("node ")


async def test_the_barrier_opens_for_all_and_the_figures_follow(serve: Serve) -> None:
    ready = serve(feed=FEED, transports=[WEBSOCKET])
    async with connected(ready["control"]) as one, connected(ready["control"]) as other:
        before = (await one.get("/figures")).json
        assert (before["epoch_ns"], before["window_start"]) == (None, None)
        answers = await asyncio.gather(one.post("/barrier", PLAN), other.post("/barrier", PLAN))
        assert answers[0].json == answers[1].json
        assert answers[0].json["begins_ns"] == answers[0].json["epoch_ns"]
        assert (await one.post("/barrier", PLAN)).status == 409
        while (figures := (await one.get("/figures")).json)["window_end"] is None:
            await asyncio.sleep(0)
    assert figures["window_end"]["at_ns"] - figures["window_start"]["at_ns"] > 0
    assert figures["lags_ns"]
    assert all(lag_ns >= 0 for lag_ns in figures["lags_ns"])


async def test_a_server_may_publish_nothing(serve: Serve) -> None:
    ready = serve(publishes=False, feed=FEED, transports=[WEBSOCKET])
    async with connected(ready["control"]) as control:
        assert (await control.post("/barrier", PLAN | {"workers": 1})).status == 200
        while (figures := (await control.get("/figures")).json)["window_end"] is None:
            await asyncio.sleep(0)
    assert (figures["published"]["last_seq"], figures["lags_ns"]) == (0, [])


async def test_a_feed_that_runs_is_measured_again_and_again(serve: Serve) -> None:
    ready = serve(autostart=True, feed=FEED, transports=[WEBSOCKET])
    alone = PLAN | {"workers": 1}
    async with connected(ready["control"]) as control:
        first = (await control.post("/barrier", alone)).json
        second = (await control.post("/barrier", alone)).json
    assert first["epoch_ns"] == second["epoch_ns"] < first["begins_ns"] < second["begins_ns"]


@pytest.mark.parametrize("body", [None, {"workers": 0}, {**PLAN, "workers": "two"}, [1]])
async def test_a_plan_that_is_none_is_refused(serve: Serve, body: object) -> None:
    ready = serve(feed=FEED, transports=[WEBSOCKET])
    async with connected(ready["control"]) as control:
        answer = await control.post("/barrier", body)
        assert (answer.status, "not a plan" in answer.json["error"]) == (400, True)
        assert (await control.get("/elsewhere")).status == 404


async def test_a_half_sent_request_harms_nobody(serve: Serve) -> None:
    ready = serve(autostart=True, feed=FEED)
    for url in (*ready["urls"].values(), ready["control"]):
        address = url.split("/")[2].split(":")
        _, writer = await asyncio.open_connection(address[0], int(address[1]))
        writer.write(b"GET /websocket HTTP/1.1\r\nHost: x\r\nUpgr")
        writer.close()
        await writer.wait_closed()
    for name, url in ready["urls"].items():
        async with subscribed(name, url, "0") as received:
            assert '"seq":1,' in await anext(received)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"transports": []}, "transports"),
        ({"transports": "x"}, "transports"),
        ({"transports": ["pigeon"]}, '"pigeon"'),
        ({"transports": ["toString"]}, '"toString"'),
        ({"feed": []}, "feed: "),
        ({"feed": {"rate_per_s": "x"}}, "rate_per_s"),
        ({"port": 65536}, "port"),
        ({"port": "80"}, "port"),
        ({"history": 0}, "history"),
        ({"python": "no-such-python"}, "python"),
        ({"compression": True}, "compression: expected false"),
        ({"batch_s": 0.5}, "batch_s: expected 0"),
        ({"tls": {"chain": "a", "key": "b"}}, "tls: expected null"),
        ({"autostart": None}, "autostart: expected true or false"),
        ({"colour": "red"}, "'colour'"),
    ],
)
def test_bad_settings_are_one_line_and_exit_2(
    installed: None, settings: dict[str, object], told: str
) -> None:
    code, out, err = outcome(json.dumps(DEFAULTS | settings))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


@pytest.mark.parametrize("arguments", [[], ["{"], ["[]"], ["null"], ["{}"], ["{}", "{}"]])
def test_what_is_no_settings_is_one_line_and_exit_2(installed: None, arguments: list[str]) -> None:
    code, out, err = outcome(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "settings: " in err or "transports: " in err


def test_a_taken_port_is_one_line_and_exit_3(installed: None) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        code, out, err = outcome(json.dumps(DEFAULTS | {"port": port}))
    assert (code, out) == (3, "")
    assert err == f"cannot listen on 127.0.0.1:{port}: the port is taken\n"

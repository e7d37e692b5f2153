"""The program itself: its first line, its exit codes and its ends."""

import platform
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from websockets.asyncio.client import connect

from feed.spec import FeedSpec
from servers.cli import serve_all
from servers.http.sockets import bind
from tests.servers.conftest import ROOT, Process, start
from tests.servers.http_client import connected

Launch = Callable[..., Process]
ALL = ("--transport", "short-poll", "--transport", "long-poll", "--transport", "websocket")


def outcome(*arguments: str) -> tuple[int, str, str]:
    popen = start(*arguments)
    out, err = popen.communicate()
    return popen.returncode, out, err


def test_the_ready_line_says_where_everything_is(launch: Launch) -> None:
    popen, ready = launch(*ALL, "--loop", "asyncio")
    keys = ["pushbench", "pid", "urls", "echo", "control", "loop", "libraries", "python"]
    assert list(ready) == keys
    assert ready["pushbench"] == "ready"
    assert ready["pid"] == popen.pid
    assert ready["urls"].keys() == {"short-poll", "long-poll", "websocket"}
    assert ready["echo"].keys() == {"post", "websocket"}
    assert ready["loop"] == "asyncio"
    assert ready["libraries"].keys() == {"aiohttp", "websockets"}
    assert ready["python"] == platform.python_version()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_whoever_is_connected(launch: Launch, number: int) -> None:
    popen, ready = launch(*ALL, "--autostart", "--feed", '{"rate_per_s":0.000001}')
    async with connect(ready["urls"]["websocket"]), connected(ready["urls"]["long-poll"]) as held:
        held.ask("/long-poll?timeout_s=600")
        async with connected(ready["control"]) as control:
            await control.get("/clock")
            popen.send_signal(number)
            assert popen.wait() == 0
    assert popen.stderr is not None
    assert popen.stderr.read() == ""


def test_the_end_of_standard_input_ends_it(launch: Launch) -> None:
    popen, _ = launch(*ALL, "--until-stdin-closes")
    assert popen.stdin is not None
    popen.stdin.close()
    assert popen.wait() == 0
    assert popen.stderr is not None
    assert popen.stderr.read() == ""


async def test_it_serves_the_feed_it_was_given(launch: Launch) -> None:
    _, ready = launch(*ALL, "--autostart", "--feed", '{"rate_per_s":1000,"payload_bytes":7}')
    async with connected(ready["urls"]["long-poll"]) as client:
        answer = await client.get("/long-poll?after=0")
        assert [len(event["data"]) for event in answer.json][:1] == [7]
    async with connect(ready["urls"]["websocket"] + "?after=0") as subscriber:
        assert '"seq":1,' in str(await subscriber.recv())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.1 is the only one")
def test_the_control_port_may_have_an_address_of_its_own(launch: Launch) -> None:
    _, ready = launch(*ALL, "--host", "127.0.0.2", "--control-host", "127.0.0.3")
    assert all("://127.0.0.2:" in url for url in ready["urls"].values())
    assert ready["control"].startswith("http://127.0.0.3:")


def test_a_taken_port_is_one_line_and_exit_3() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        code, out, err = outcome("--transport", "short-poll", "--port", str(port))
    assert (code, out) == (3, "")
    assert err == f"cannot listen on 127.0.0.1:{port}: the port is taken\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--transport", "websocket", "--feed", '{"rate_per_s":"x"}'], "rate_per_s"),
        (["--transport", "websocket", "--feed", "{"], "--feed: "),
        (["--transport", "websocket", "--feed", '{"schedule":"trace"}'], "trace"),
        (
            ["--transport", "websocket", "--feed", '{"schedule":"trace","trace":"nowhere.jsonl"}'],
            "nowhere.jsonl: cannot read the trace",
        ),
        (["--transport", "carrier-pigeon"], "carrier-pigeon"),
        (
            ["--transport", "websocket@picows", "--compression"],
            "--compression: picows cannot, so not with websocket@picows",
        ),
        ([], "--transport"),
        (["--transport", "websocket", "--port", "65536"], "--port"),
        (["--transport", "websocket", "--history", "0"], "--history"),
        (["--transport", "websocket", "--headers", "netscape"], "netscape"),
        (["--transport", "websocket", "--colour", "red"], "--colour"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(arguments: list[str], told: str) -> None:
    code, out, err = outcome(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert told in err


def test_help_names_every_option() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "servers", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    for option in ("--transport", "--feed", "--autostart", "--until-stdin-closes"):
        assert option in done.stdout


def test_a_taken_port_is_a_status_for_who_serves_all(capsys: pytest.CaptureFixture[str]) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        status = serve_all(
            ["short-poll"], FeedSpec(), headers="chrome", host="127.0.0.1", port=port
        )
    assert status == 3
    assert capsys.readouterr().err.endswith("the port is taken\n")

"""The program itself: its first line, its exit codes and its ends."""

import json
import platform
import signal
import sys
from collections.abc import Callable

import msgspec
import pytest
from websockets.asyncio.client import connect

from servers.cli import status
from servers.http.sockets import bind
from servers.settings import ServerSettings
from tests.servers.conftest import Process, start
from tests.servers.http_client import connected

Launch = Callable[..., Process]
ALL = ("short-poll", "long-poll", "websocket")


def outcome(*arguments: str, **settings: object) -> tuple[int, str, str]:
    popen = start(*arguments, **settings)
    out, err = popen.communicate()
    return popen.returncode, out, err


def test_the_ready_line_says_where_everything_is(launch: Launch) -> None:
    popen, ready = launch(transports=ALL, loop="asyncio")
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
    popen, ready = launch(transports=ALL, autostart=True, feed={"rate_per_s": 0.000001})
    async with connect(ready["urls"]["websocket"]), connected(ready["urls"]["long-poll"]) as held:
        held.ask("/long-poll?timeout_s=600")
        async with connected(ready["control"]) as control:
            await control.get("/clock")
            popen.send_signal(number)
            assert popen.wait() == 0
    assert popen.stderr is not None
    assert popen.stderr.read() == ""


def test_the_end_of_standard_input_ends_it(launch: Launch) -> None:
    popen, _ = launch(transports=ALL, until_stdin_closes=True)
    assert popen.stdin is not None
    popen.stdin.close()
    assert popen.wait() == 0
    assert popen.stderr is not None
    assert popen.stderr.read() == ""


async def test_it_serves_the_feed_it_was_given(launch: Launch) -> None:
    feed = {"rate_per_s": 1000, "payload_bytes": 7}
    _, ready = launch(transports=ALL, autostart=True, feed=feed)
    async with connected(ready["urls"]["long-poll"]) as client:
        answer = await client.get("/long-poll?after=0")
        assert [len(event["data"]) for event in answer.json][:1] == [7]
    async with connect(ready["urls"]["websocket"] + "?after=0") as subscriber:
        assert '"seq":1,' in str(await subscriber.recv())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.1 is the only one")
def test_the_control_port_may_have_an_address_of_its_own(launch: Launch) -> None:
    _, ready = launch(transports=ALL, host="127.0.0.2", control_host="127.0.0.3")
    assert all("://127.0.0.2:" in url for url in ready["urls"].values())
    assert ready["control"].startswith("http://127.0.0.3:")


def test_a_taken_port_is_one_line_and_exit_3() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        code, out, err = outcome(transports=["short-poll"], port=port)
    assert (code, out) == (3, "")
    assert err == f"cannot listen on 127.0.0.1:{port}: the port is taken\n"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"feed": {"rate_per_s": "x"}}, "$.feed.rate_per_s"),
        ({"feed": []}, "$.feed"),
        ({"feed": {"schedule": "trace"}}, "trace"),
        (
            {"feed": {"schedule": "trace", "trace": "nowhere.jsonl"}},
            "nowhere.jsonl: cannot read the trace",
        ),
        ({"transports": ["carrier-pigeon"]}, "carrier-pigeon"),
        (
            {"transports": ["websocket@picows"], "compression": True},
            "compression: picows cannot, so not with websocket@picows",
        ),
        ({"transports": []}, "$.transports"),
        ({"port": 65536}, "$.port"),
        ({"history": 0}, "$.history"),
        ({"headers": "netscape"}, "netscape"),
        ({"batch_s": -1}, "$.batch_s"),
        ({"tls": {"chain": "nowhere.pem"}}, "`key`"),
        ({"tls": {"chain": "nowhere.pem", "key": "nowhere.pem"}}, "tls: nowhere.pem"),
        ({"slow_reader": {"patience": 1}}, "patience"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_settings_are_one_line_and_exit_2(settings: dict[str, object], told: str) -> None:
    code, out, err = outcome(**{"transports": ["websocket"], **settings})
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert told in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["{"], "settings: "), (["{}"], "`transports`"), (["{}", "{}"], "one argument, JSON")],
)
def test_what_is_no_settings_is_one_line_and_exit_2(arguments: list[str], told: str) -> None:
    code, out, err = outcome(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


def test_help_names_every_setting() -> None:
    code, out, err = outcome("--help")
    assert (code, err) == (0, "")
    for field in msgspec.structs.fields(ServerSettings):
        assert f"\n{field.name}  " in out or f" {field.name}  " in out or f"{field.name}," in out


def test_a_taken_port_is_a_status_for_who_serves_the_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        settings = {"transports": ["short-poll"], "port": port, "page": True}
        assert status(json.dumps(settings)) == 3
    assert capsys.readouterr().err.endswith("the port is taken\n")

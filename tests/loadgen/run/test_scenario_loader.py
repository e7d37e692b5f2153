"""Scenarios: found, changed by settings, and refused in one line where they make no sense."""

from pathlib import Path

import pytest

from feed.errors import InputError
from loadgen.run import scenario_loader


def test_the_built_in_scenarios_are_the_promised_ones() -> None:
    assert scenario_loader.names() == ["chat", "echo", "idle", "quantum", "support", "ticker"]


@pytest.mark.parametrize("name", scenario_loader.names())
def test_a_built_in_scenario_loads_and_describes_itself(name: str) -> None:
    scenario = scenario_loader.load(name)
    assert scenario.name == name
    assert scenario.description


def test_a_setting_reaches_any_field_with_its_type() -> None:
    scenario = scenario_loader.load(
        "chat",
        ["clients.count=7", "feed.schedule=burst", "poll.keep_alive=false", "feed.rate_per_s=3"],
    )
    assert scenario.clients.count == 7
    assert scenario.feed.schedule == "burst"
    assert scenario.poll.keep_alive is False
    assert scenario.feed.rate_per_s == 3.0


def test_a_later_setting_wins() -> None:
    assert scenario_loader.load("chat", ["clients.count=1", "clients.count=2"]).clients.count == 2


def test_a_file_takes_its_name_and_finds_its_trace_beside_it(tmp_path: Path) -> None:
    (tmp_path / "words.jsonl").write_text('{"t": 0.5, "data": "hello"}\n')
    file = tmp_path / "mine.toml"
    file.write_text('[feed]\nschedule = "trace"\ntrace = "words.jsonl"\n')
    scenario = scenario_loader.load(str(file))
    assert scenario.name == "mine"
    assert Path(scenario.feed.trace) == tmp_path / "words.jsonl"


def test_a_trace_that_a_setting_names_is_looked_for_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "words.jsonl").write_text('{"t": 0.5, "data": "hello"}\n')
    monkeypatch.chdir(tmp_path)
    assert scenario_loader.load("support", ["feed.trace=words.jsonl"]).feed.trace == "words.jsonl"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("clients.cuont=1", "unknown field `cuont` - at `$.clients`; did you mean `count`?"),
        ("colour=1", "known keys: name, description"),
        ("clients.count=-1", "Expected `int` >= 1 - at `$.clients.count`"),
        ("clients.count=0", "Expected `int` >= 1 - at `$.clients.count`"),
        ("clients.count=many", "Expected `int`, got `str` - at `$.clients.count`"),
        ("feed.rate_per_s=0", "Expected `float` >= 1e-06 - at `$.feed.rate_per_s`"),
        ("feed.rate_per_s=nan", "at `$.feed.rate_per_s`"),
        ("feed.rate_per_s=inf", "at `$.feed.rate_per_s`"),
        ("poll.interval_s=0", "at `$.poll.interval_s`"),
        ("trial.duration_s=-3", "at `$.trial.duration_s`"),
        ('transports=["carrier-pigeon"]', "`carrier-pigeon`"),
        ('transports=["websocket", "websocket"]', "once"),
        ("transports=[]", "length >= 1"),
        ('transports=["websocket@flask"]', "`websocket@flask`"),
        ("clients", "expected KEY=VALUE"),
        ("=3", "expected KEY=VALUE"),
        ("name.first=x", "'name' is a value"),
        ("feed.schedule=trace", "Expected a file in `trace`"),
        (
            'transports=["post"]',
            "Expected `transports` of the feed workload out of short-poll, long-poll, websocket",
        ),
        ("workload=chatter", "Invalid enum value 'chatter' - at `$.workload`"),
        ("workload=[1]", "at `$.workload`"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(setting: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        scenario_loader.load("chat", [setting])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            'transports=["short-poll"]',
            "Expected `transports` of the echo workload out of post, websocket, "
            "socketio-websocket, websocket@nodejs-websocket, socketio-websocket@node, "
            "got `short-poll`",
        ),
        ("echo.rate_per_s=0", "Expected `float` >= 0.001 - at `$.echo.rate_per_s`"),
        ("echo.payload_bytes=9", "Expected `int` >= 10 - at `$.echo.payload_bytes`"),
        ("echo.payload_bytes=65537", "Expected `int` <= 65536 - at `$.echo.payload_bytes`"),
        ("echo.schedule=burst", "Invalid enum value 'burst' - at `$.echo.schedule`"),
        ("echo.rat_per_s=3", "did you mean `rate_per_s`?"),
        ("http.compression=true", "Expected no `http.compression`"),
        ("clients.headers=quantum-2010", "`quantum-2010` is a poll, no echo"),
    ],
)
def test_what_an_echo_lacks_is_refused_in_one_line(setting: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        scenario_loader.load("echo", [setting])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_workload_has_transports_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('workload = "echo"\n')
    assert scenario_loader.load(str(file)).transports == ("post", "websocket", "socketio-websocket")
    assert scenario_loader.load("idle").transports == ("short-poll", "long-poll", "websocket")


def test_an_unknown_scenario_is_told_the_known_ones() -> None:
    with pytest.raises(
        InputError, match="chat, echo, idle, quantum, support, ticker, or a TOML file"
    ):
        scenario_loader.load("chatt")


@pytest.mark.parametrize(
    ("text", "said"), [("[feed", "not a TOML file"), ("feed = 3", "at `$.feed`")]
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        scenario_loader.load(str(file))
    assert said in str(caught.value)


def test_a_trace_is_read_before_the_first_trial(tmp_path: Path) -> None:
    file = tmp_path / "late.jsonl"
    file.write_text('{"t": 2, "data": "b"}\n{"t": 1, "data": "a"}\n')
    with pytest.raises(InputError, match="late.jsonl:2"):
        scenario_loader.load("support", [f"feed.trace={file}"])


def test_a_limit_has_dots_in_its_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[limits]\n"websocket#2.latency_p99_ns" = 50_000_000\n')
    more = 'limits."websocket.latency_p99_ns"=40_000_000'
    assert scenario_loader.load(str(file), [more]).limits == {
        "websocket#2.latency_p99_ns": 50_000_000.0,
        "websocket.latency_p99_ns": 40_000_000.0,
    }


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            'limits."pigeon.lost"=1',
            "Expected `limits` of the feed workload out of short-poll, long-poll, websocket",
        ),
        ('limits."lost"=1', "Expected `limits` of the feed workload out of"),
        ('limits."websocket.lost"=nan', 'Expected `limits."websocket.lost"` to be a number'),
        ('limits."websocket.lost"=few', "Expected `float`, got `str`"),
        ("limits.websocket.lost=1", """stands in quotes, as in 'limits."websocket.lost"=0'"""),
        ('limits."websocket.lost=1', "expected KEY=VALUE"),
    ],
)
def test_a_limit_that_is_none_is_refused(setting: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        scenario_loader.load("chat", [setting])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_library_that_cannot_compress_is_refused_where_it_is_on() -> None:
    settings = ['transports=["websocket@picows#2"]', "http.compression=true"]
    with pytest.raises(InputError, match="false with `websocket@picows#2`"):
        scenario_loader.load("chat", settings)
    scenario_loader.load("chat", settings[:1])


def test_a_scenario_that_names_no_transports_takes_one_library_of_each() -> None:
    assert scenario_loader.load("chat").transports == ("short-poll", "long-poll", "websocket")

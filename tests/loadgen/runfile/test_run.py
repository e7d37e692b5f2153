"""The run file: whole at every instant, read back as it was, refused in one line if it is none."""

import os
from pathlib import Path

import msgspec
import pytest

from feed.errors import InputError
from loadgen.runfile.figures import Layers
from loadgen.runfile.run import Machine, Run, Trial, load, save
from loadgen.runfile.scenario import Scenario
from tests.reports import runs

MACHINE = Machine(
    host="host",
    system="Linux 6",
    processor="one",
    cores=2,
    memory_bytes=1,
    python="CPython 3.11",
    congestion_control="cubic",
    network="loopback",
    malloc={},
    libraries={},
)
RUN = Run(
    pushbench="0.1.0",
    started_at="2026-01-01T00:00:00+00:00",
    command="pushbench run",
    seed=1,
    scenario=Scenario(name="small"),
    machine=MACHINE,
    trials=(Trial(transport="websocket", round=1, started_at="…", failure="the server ended"),),
)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    save(RUN, tmp_path / "run.json")
    assert load(tmp_path / "run.json") == RUN
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_folder_stands_for_the_run_file_in_it(tmp_path: Path) -> None:
    save(RUN, tmp_path / "run.json")
    assert load(tmp_path) == RUN


def test_a_save_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(RUN, tmp_path / "run.json")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(msgspec.structs.replace(RUN, seed=2), tmp_path / "run.json")
    assert load(tmp_path / "run.json") == RUN
    assert os.listdir(tmp_path) == ["run.json"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (msgspec.json.encode(RUN)[:-40], "truncated"),
        (b"", "truncated"),
        (b"\xff\xfe", "not a run file"),
        (b"[]", "not a run file"),
        (b"{}", '"format" must be "pushbench-run"'),
        (
            b'{"format": "pushbench-run", "version": 99}',
            "version 99; this pushbench reads version 1",
        ),
        (b'{"format": "pushbench-run", "version": 1}', "wrong entry"),
    ],
)
def test_a_file_that_is_no_run_is_refused_in_one_line(
    tmp_path: Path, text: bytes, said: str
) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(text)
    with pytest.raises(InputError) as caught:
        load(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.json: cannot read the run file"):
        load(tmp_path / "absent.json")


def test_ip_bytes_add_a_header_for_each_segment_and_are_unknown_without_the_kernel() -> None:
    layers = Layers(payload_bytes=1, message_bytes=2, protocol_bytes=3, tcp_bytes=1000, segments=10)
    assert layers.ip_bytes == 1000 + 10 * 52
    opening = msgspec.structs.replace(layers, syn_segments=3)
    assert opening.ip_bytes == 1000 + 10 * 52 + 3 * 8
    assert Layers(payload_bytes=1, message_bytes=2, protocol_bytes=3).ip_bytes is None


def test_what_earlier_versions_timed_of_a_poll_is_passed_over(tmp_path: Path) -> None:
    trial = runs.trial("long-poll", 1, runs.long_poll())
    saved = msgspec.to_builtins(runs.run([trial], runs.scenario(["long-poll"], 1)))
    waking = {"wake_ns": 1, "answer_ns": 2, "apart_ns": 3, "leaves_ns": 4}
    saved["trials"][0]["figures"]["exchange"] |= {"service_ns": 5, "waking": waking}
    path = tmp_path / "run.json"
    path.write_bytes(msgspec.json.encode(saved))
    (loaded,) = load(path).trials
    assert loaded == trial

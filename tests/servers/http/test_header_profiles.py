import itertools
import json
from collections.abc import Mapping
from typing import get_args

import msgspec
import pytest

from feed.history import History
from servers.http.header_profiles import CAPTURED, QUANTUM_2010, profile
from servers.settings import ServerSettings
from tests.servers.conftest import ROOT, Open
from tests.servers.events import extend
from tests.servers.http_client import connected

QUANTUM_2010_HEADER_BYTES = 193
SOURCE = ROOT.parent / "shared" / "quantum-2010-headers.json"


@pytest.mark.parametrize("name", ["minimal", "chrome"])
def test_a_plain_answer_must_not_be_cached(name: str) -> None:
    headers = {"Cache-Control": "no-store", "Content-Type": "application/json"}
    assert profile(name)(200, 2, False) == headers
    assert profile(name)(204, 0, False) == {"Cache-Control": "no-store"}


def quantum_2010(status: int, body_bytes: int, closes: bool) -> Mapping[str, str]:
    return profile("quantum-2010")(status, body_bytes, closes)


def test_the_captured_response_of_2010_has_its_193_bytes() -> None:
    assert len(QUANTUM_2010.replace("\n", "\r\n")) == QUANTUM_2010_HEADER_BYTES


def test_every_profile_of_the_settings_was_captured() -> None:
    (headers,) = (f for f in msgspec.structs.fields(ServerSettings) if f.name == "headers")
    assert set(get_args(headers.type)) == set(CAPTURED)


def test_the_2010_name_is_whole_where_the_body_is_as_long_as_it_was_then() -> None:
    assert quantum_2010(200, 21, False)["Server"] == "Sun Java System Application Server 9.1_02"


def test_the_2010_name_is_cut_or_filled_up_where_it_is_not() -> None:
    assert quantum_2010(200, 9, False)["Server"].endswith(" 9.1_02.")
    assert quantum_2010(200, 100, False)["Server"].endswith(" 9.1_0")
    assert quantum_2010(204, 0, False)["Server"].endswith(" 9.1_02............")
    assert quantum_2010(200, 21, True)["Server"] == "Sun Java System Applic"


def test_the_2010_headers_are_those_of_the_source() -> None:
    if not SOURCE.exists():
        pytest.skip(f"the source is not beside this repository: {SOURCE.name}")
    source = json.loads(SOURCE.read_text())
    lines = source["response"]
    assert sum(len(line) + 2 for line in [*lines, ""]) == QUANTUM_2010_HEADER_BYTES
    assert source["bytes_on_the_socket"][1] == QUANTUM_2010_HEADER_BYTES
    for name, value in quantum_2010(200, 21, False).items():
        assert f"{name}: {value}" in lines


@pytest.mark.parametrize("transport", ["short-poll", "long-poll"])
async def test_every_2010_answer_has_193_header_bytes(serving: Open, transport: str) -> None:
    history = History()
    urls = await serving(history, transport, headers="quantum-2010")
    target = f"/{transport}?timeout_s=0.001&after="
    async with connected(urls[transport]) as connection:
        empty = await connection.get(f"{target}0")
        assert (empty.status, len(empty.head)) == (204, 193)
        for after, data_bytes in enumerate([1, 60, 500, 5_000, 50_000, 500_000]):
            extend(history, 1, "x" * data_bytes)
            answer = await connection.get(f"{target}{after}")
            assert (answer.status, len(answer.head)) == (200, 193)
            assert len(answer.body) > data_bytes
            assert answer.headers["content-type"] == "text/html;charset=UTF-8"
            assert answer.headers["x-powered-by"] == "Servlet/2.5"
        last = await connection.get(f"{target}6", extra="Connection: close\r\n")
        assert (last.status, len(last.head)) == (204, 193)


def test_every_size_of_a_body_comes_to_the_same_length() -> None:
    for digits, closes in itertools.product(range(1, 9), (False, True)):
        headers = quantum_2010(200, 10**digits - 1, closes)
        lines = ["HTTP/1.1 200 OK", "Date: Sat, 07 Nov 2009 00:32:46 GMT", "9" * digits]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += ["Connection: close"] if closes else []
        assert sum(len(line) + 2 for line in [*lines, "Content-Length: "]) == 193

import gzip

import pytest

from feed.event import decode_batch
from feed.history import History
from servers.http.response import accepts_gzip
from tests.servers.conftest import Open
from tests.servers.events import extend
from tests.servers.http_client import Answer, connected

POLLS = ["short-poll", "long-poll", "short-poll@httptools", "long-poll@httptools"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("deflate,GZIP;q=0.5", True),
        ("x-gzip", True),
        ("gzip; q=0.001", True),
        ("gzip;q=0", False),
        ("deflate, gzip;q=0.000", False),
        ("br", False),
        ("identity", False),
        ("gzipped", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_who_takes_it(header: str, expected: bool) -> None:
    assert accepts_gzip(header) is expected


async def asked(serving: Open, transport: str, compression: bool, extra: str) -> Answer:
    history = History()
    extend(history, 3, "again and again " * 50)
    urls = await serving(history, transport, compression=compression)
    async with connected(urls[transport]) as connection:
        return await connection.get(f"/{transport.partition('@')[0]}?after=0", extra)


@pytest.mark.parametrize("transport", POLLS)
async def test_a_compressed_answer_holds_the_same_events(serving: Open, transport: str) -> None:
    answer = await asked(serving, transport, True, "Accept-Encoding: gzip\r\n")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    plain = gzip.decompress(answer.body)
    assert len(answer.body) < len(plain) / 4
    assert [event.seq for event in decode_batch(plain)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("compression", "extra"), [(True, ""), (True, "Accept-Encoding: br\r\n"), (False, "")]
)
@pytest.mark.parametrize("transport", POLLS)
async def test_nobody_else_is_sent_anything_compressed(
    serving: Open, transport: str, compression: bool, extra: str
) -> None:
    answer = await asked(serving, transport, compression, extra)
    assert "content-encoding" not in answer.headers
    assert [event.seq for event in decode_batch(answer.body)] == [1, 2, 3]


async def test_an_empty_answer_stays_as_it_is(serving: Open) -> None:
    urls = await serving(History(), "short-poll", compression=True)
    async with connected(urls["short-poll"]) as connection:
        answer = await connection.get("/short-poll?after=0", "Accept-Encoding: gzip\r\n")
    assert answer.status == 204
    assert "content-encoding" not in answer.headers

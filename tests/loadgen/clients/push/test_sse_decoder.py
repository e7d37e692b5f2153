"""The decoder, by the examples and rules of WHATWG HTML, section 9.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.clients.push.sse_decoder import EventStream


def decoded(*parts: bytes) -> list[tuple[bytes, bytes]]:
    stream = EventStream()
    return [message for part in parts for message in stream.feed(part)]


def data_of(*parts: bytes) -> list[bytes]:
    return [data for _, data in decoded(*parts)]


def test_a_message_has_a_kind_and_its_data() -> None:
    assert decoded(b'id: 17\ndata: {"seq":17}\n\nevent: gap\ndata: two\n\ndata: three\n\n') == [
        (b"message", b'{"seq":17}'),
        (b"gap", b"two"),
        (b"message", b"three"),
    ]


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        pytest.param(b"data: YHOO\ndata: +2\ndata: 10\n\n", [b"YHOO\n+2\n10"], id="lines"),
        pytest.param(b"data\n\ndata\ndata\n\ndata:", [b"", b"\n"], id="without a colon"),
        pytest.param(b"data:test\n\ndata: test\n\n", [b"test", b"test"], id="one space"),
        pytest.param(b"data:  two\n\n", [b" two"], id="two spaces"),
        pytest.param(b"data: a:b: c\n\n", [b"a:b: c"], id="colons"),
        pytest.param(b": hello\n\n:\n:\ndata: a\n:\n\n", [b"a"], id="comments"),
        pytest.param(b"data: not finished\n", [], id="no end"),
        pytest.param(b"event: gap\nid: 3\n\ndata: a\n\n", [b"a"], id="no data"),
        pytest.param(b"DATA: a\n datum: b\ndata : c\nfoo\n\n", [], id="unknown fields"),
        pytest.param(b"\xef\xbb\xbfdata: a\n\n", [b"a"], id="byte order mark"),
        pytest.param(b"data: \xef\xbb\xbf\n\n", [b"\xef\xbb\xbf"], id="a mark later on"),
        pytest.param(b"data: a\rdata: b\r\ndata: c\n\r\n", [b"a\nb\nc"], id="all line ends"),
        pytest.param(b"data: a\r\rdata: b\r\n\r\n", [b"a", b"b"], id="CR alone"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_reads_fields_as_the_standard_says(raw: bytes, data: list[bytes]) -> None:
    assert data_of(raw) == data
    assert data_of(*(raw[at : at + 1] for at in range(len(raw)))) == data


def test_a_kind_holds_for_one_message() -> None:
    raw = b"event: a\n\ndata: 1\n\nevent: b\nid: 5\nretry: 7\ndata: 2\n\nid\ndata: 3\n\n"
    assert decoded(raw) == [
        (b"message", b"1"),
        (b"b", b"2"),
        (b"message", b"3"),
    ]


ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
VALUES = st.binary(max_size=12).map(lambda raw: raw.replace(b"\r", b"x").replace(b"\n", b"x"))
NAMES = st.sampled_from([b"data", b"id", b"event", b"retry", b"", b"other", b"\xef\xbb\xbfdata"])
LINES = st.one_of(st.just(b""), VALUES, st.tuples(NAMES, VALUES).map(b":".join))
STREAMS = st.lists(st.tuples(LINES, ENDS).map(b"".join), max_size=30).map(b"".join)


@given(raw=STREAMS, cuts=st.lists(st.integers(0, 400), max_size=20))
def test_however_it_is_cut_the_messages_are_the_same(raw: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(raw)]
    parts = [raw[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    assert decoded(*parts) == decoded(raw)


@given(
    texts=st.lists(VALUES, min_size=1, max_size=5),
    end=ENDS,
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_what_was_written_is_read(texts: list[bytes], end: bytes, mark: bytes) -> None:
    lines = [line for text in texts for line in (b"data: " + text, b":", b"")]
    assert data_of(mark + end.join(lines) + end) == texts


def test_messages_are_named() -> None:
    assert EventStream().feed(b"data: a\n\n") == [(b"message", b"a")]

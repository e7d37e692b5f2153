from pathlib import Path

import pytest

from feed.errors import InputError
from feed.trace import Message, read


def written(folder: Path, content: bytes) -> Path:
    path = folder / "a.jsonl"
    path.write_bytes(content)
    return path


def test_reads_every_line(tmp_path: Path) -> None:
    path = written(tmp_path, '{"t": 0, "data": "a"}\r\n\n{"t": 2.5, "data": "größer"}'.encode())
    assert read(path) == [Message(0.0, "a"), Message(2.5, "größer")]


def test_ignores_what_else_a_line_holds(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"t": 1, "data": "a", "room": 7}')
    assert read(path) == [Message(1.0, "a")]


def test_line_separators_within_a_text_do_not_end_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, '{"t": 1, "data": "a\u2028b\u0085c"}'.encode())
    assert read(path) == [Message(1.0, "a\u2028b\u0085c")]


@pytest.mark.parametrize("path", ["nowhere.jsonl", "\0", "."])
def test_a_file_that_cannot_be_read_is_named(path: str) -> None:
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: cannot read the trace: ")


@pytest.mark.parametrize("content", [b"", b"\n\n  \n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError, match="the trace is empty") as caught:
        read(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b'{"t": 1}',
        b'{"t": "1", "data": "a"}',
        b'{"t": NaN, "data": "a"}',
        b'{"t": 1e999, "data": "a"}',
        b'{"t": 1, "data": "\xff"}',
        b'{"t": 1, "data": "a"} {"t": 2, "data": "b"}',
        b"[]",
    ],
)
def test_a_line_that_is_no_message_is_named(tmp_path: Path, line: bytes) -> None:
    path = written(tmp_path, b'{"t": 0, "data": "a"}\n\n' + line)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:3: not a line of a trace: ")


@pytest.mark.parametrize("second", ["0.5", "-1", "2e9"])
def test_a_time_out_of_order_or_range_is_named(tmp_path: Path, second: str) -> None:
    path = written(tmp_path, b'{"t": 1, "data": "a"}\n{"t": %s, "data": "b"}' % second.encode())
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:2: t is {float(second):g} after 1; ")

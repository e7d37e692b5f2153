import zlib

import pytest

from loadgen.clients.connections.permessage_deflate import Inflater, agreed

MESSAGES = [b'{"seq":%d,"data":"the same again"}' % seq for seq in range(5)]


def deflated(
    messages: list[bytes], *, context_takeover: bool, window_bits: int = 15
) -> list[bytes]:
    """As a server sends them (RFC 7692, section 7.2.1)."""
    sender = zlib.compressobj(wbits=-window_bits)
    payloads = []
    for message in messages:
        payload = sender.compress(message) + sender.flush(zlib.Z_SYNC_FLUSH)
        payloads.append(payload.removesuffix(b"\x00\x00\xff\xff"))
        if not context_takeover:
            sender = zlib.compressobj(wbits=-window_bits)
    return payloads


@pytest.mark.parametrize("context_takeover", [True, False])
@pytest.mark.parametrize("window_bits", [9, 12, 15])
def test_gives_the_messages_that_were_sent(context_takeover: bool, window_bits: int) -> None:
    inflater = Inflater(context_takeover=context_takeover)
    sent = deflated(MESSAGES, context_takeover=context_takeover, window_bits=window_bits)
    assert [inflater.message(payload) for payload in sent] == MESSAGES


def test_the_example_of_the_rfc() -> None:
    """RFC 7692, section 7.2.3.1."""
    payload = bytes.fromhex("f2 48 cd c9 c9 07 00")
    assert Inflater(context_takeover=True).message(payload) == b"Hello"


def test_what_was_not_deflated_is_an_error() -> None:
    with pytest.raises(zlib.error):
        Inflater(context_takeover=True).message(b"\xff\xff\xff\xff")


@pytest.mark.parametrize("extensions", [None, ""])
def test_a_server_compresses_where_it_was_asked_to_and_only_there(extensions: str | None) -> None:
    assert agreed(extensions, offered=False) is None
    with pytest.raises(ConnectionError, match="does not compress"):
        agreed(extensions, offered=True)
    with pytest.raises(ConnectionError, match="insists on the extension permessage-deflate"):
        agreed("permessage-deflate", offered=False)


def test_a_server_may_keep_no_context() -> None:
    first, second = deflated([b"one one one"] * 2, context_takeover=False)
    answer = "permessage-deflate; server_no_context_takeover; server_max_window_bits=12"
    inflater = agreed(answer, offered=True)
    assert inflater is not None
    assert inflater.message(first) == inflater.message(second) == b"one one one"


@pytest.mark.parametrize("extensions", ["bbf-usp", "permessage-deflate, bbf-usp"])
def test_any_other_extension_is_refused(extensions: str) -> None:
    with pytest.raises(ConnectionError, match="insists on the extension"):
        agreed(extensions, offered=True)

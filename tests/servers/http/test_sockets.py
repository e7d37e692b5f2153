import pytest

from servers.http.sockets import CannotListen, address, bind


def test_takes_any_free_port_for_0() -> None:
    with bind("127.0.0.1", 0) as one, bind("127.0.0.1", 0) as other:
        assert address(one) != address(other)
        assert address(one).startswith("127.0.0.1:")


def test_says_which_port_is_taken() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{port}: the port is taken"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.0.0.1", 65_536), ("192.0.2.1", 0), ("a" * 64, 80), ("::g", 80)],
)
def test_says_where_it_cannot_listen(host: str, port: int) -> None:
    with pytest.raises(CannotListen) as caught:
        bind(host, port)
    assert str(port) in str(caught.value)
    assert host in str(caught.value)
    assert "\n" not in str(caught.value)

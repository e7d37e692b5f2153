"""The registry of clients: which class receives over which protocol of feed/transport.py.

A new one is a file in loadgen/clients/ and a row below.
"""

from collections.abc import Callable
from functools import cache

from feed.transport import with_plugins
from loadgen.clients.client import Client, Subscription
from loadgen.clients.echo.post import EchoPostClient
from loadgen.clients.echo.socketio import EchoSocketIoClient
from loadgen.clients.echo.texts import EchoClient
from loadgen.clients.echo.websocket import EchoWebSocketClient
from loadgen.clients.polling.long_poll import LongPollClient
from loadgen.clients.polling.short_poll import ShortPollClient
from loadgen.clients.push.sse import SseClient
from loadgen.clients.push.tcp import TcpClient
from loadgen.clients.push.websocket import WebSocketClient
from loadgen.clients.socketio.polling import SocketIoPollingClient
from loadgen.clients.socketio.websocket import SocketIoWebSocketClient

CLIENTS: dict[str, Callable[[Subscription], Client]] = {
    "short-poll": ShortPollClient,
    "long-poll": LongPollClient,
    "sse": SseClient,
    "websocket": WebSocketClient,
    "tcp": TcpClient,
    "socketio-polling": SocketIoPollingClient,
    "socketio-websocket": SocketIoWebSocketClient,
}

ECHO_CLIENTS: dict[str, Callable[[Subscription], EchoClient]] = {
    "post": EchoPostClient,
    "websocket": EchoWebSocketClient,
    "socketio-websocket": EchoSocketIoClient,
}


@cache
def client_class(protocol: str) -> Callable[[Subscription], Client]:
    """Makes a subscriber; those of installed packages too (`pushbench.clients`)."""
    made: Callable[[Subscription], Client] = with_plugins(CLIENTS, "pushbench.clients")[protocol]
    return made

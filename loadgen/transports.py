"""Which Client speaks which transport: a new one is a file in loadgen/clients/ and a line here."""

from collections.abc import Callable

from loadgen.client import Client, EchoClient, Subscription
from loadgen.clients.echo_post import EchoPostClient
from loadgen.clients.echo_socketio import EchoSocketIoClient
from loadgen.clients.echo_websocket import EchoWebSocketClient
from loadgen.clients.long_poll import LongPollClient
from loadgen.clients.short_poll import ShortPollClient
from loadgen.clients.socketio_polling import SocketIoPollingClient
from loadgen.clients.socketio_websocket import SocketIoWebSocketClient
from loadgen.clients.sse import SseClient
from loadgen.clients.tcp import TcpClient
from loadgen.clients.websocket import WebSocketClient

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

# Transports whose requests have slots; of any other, a request counts where its answer comes.
ON_A_GRID = frozenset({"short-poll"})

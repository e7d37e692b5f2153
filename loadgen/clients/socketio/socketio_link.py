"""One WebSocket connection that speaks Socket.IO: a text frame is a packet."""

import asyncio
import contextlib
import socket
import zlib
from collections.abc import Callable
from time import monotonic_ns

from loadgen.clients.connections.permessage_deflate import Inflater, required
from loadgen.clients.connections.websocket import NORMAL_CODE, Link, WSFrame, WSMsgType, WSTransport
from loadgen.clients.socketio.session import Session
from loadgen.recording.recorder import Recorder


class PacketLink(Link):
    """A Link whose frames go to a Session, and what that answers goes back.

    settled  done once the subscription is accepted, or all is over: then see session.failure.
    """

    def __init__(
        self,
        sock: socket.socket,
        recorder: Recorder,
        lost: Callable[[Link], None],
        over: Callable[[Link], None],
        tls: bool,
    ) -> None:
        super().__init__(sock, recorder, lost, over, tls)
        self.session = Session(recorder)
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        received_ns = monotonic_ns()
        payload = frame.get_payload_as_bytes()
        size = len(payload)
        self._down_bytes += size + (2 if size < 126 else 4 if size < 65_536 else 10)
        if frame.msg_type != WSMsgType.TEXT:
            self._on_other(transport, frame.msg_type, payload, received_ns)
            return
        try:
            reply = self.session.take(self._packet(frame, payload), received_ns)
        except zlib.error as error:
            self.session.fail(f"a frame that was not deflated as it says: {error}")
            reply = b""
        if reply:
            with contextlib.suppress(OSError):  # on_ws_disconnected comes next
                self.send_text(reply)
        if self.session.failure:
            self._send_close(transport, NORMAL_CODE)
        if not self.settled.done():
            self._settle()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        super().on_ws_disconnected(transport)
        if not self.settled.done():
            self.session.fail(self.reason())
            self._settle()

    def _settle(self) -> None:
        if self.session.joined or self.session.failure:
            self.settled.set_result(None)

    def _packet(self, frame: WSFrame, payload: bytes) -> bytes:
        return payload


class DeflatedPacketLink(PacketLink):
    """One whose packets may come compressed (RFC 7692)."""

    _inflater: Inflater

    def _packet(self, frame: WSFrame, payload: bytes) -> bytes:
        return self._inflater.message(payload) if frame.rsv1 else payload

    def _agree(self, extensions: str | None) -> None:
        self._inflater = required(extensions)

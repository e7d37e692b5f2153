"""The chrome profile, held against a Chromium: a page's fetch poll, EventSource and WebSocket.

Two witnesses of the browser's requests: its own account through the DevTools protocol, and the
bytes that came out of the socket.
"""

import asyncio
import base64
import hashlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

from loadgen.clients.client import Subscription
from loadgen.clients.header_profiles import poll_request, post_request, stream_request
from loadgen.clients.push.websocket import WebSocketClient
from loadgen.recording.recorder import Recorder
from tests.loadgen.witness import answer, request_of, scripted

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path"),
    pytest.mark.browser,
]

FLAGS = """--no-sandbox --disable-gpu --disable-background-networking --disable-component-update
--disable-sync --no-first-run --lang=en-US""".split()
PROFILE_VERSION = "156"  # of Chromium, from which the profile was captured
TOLERANCE = 0.05

PAGE = b'<!doctype html><html lang="en"><title>feed</title><link rel="icon" href="data:,"></html>'
POLL = """async after => {
    const answer = await fetch(`/short-poll?after=${after}`);
    return answer.status === 204 ? [] : answer.json();
}"""
POST = "async () => { await fetch('/echo', {method: 'POST', body: 'hello'}); }"
SUBSCRIBE = """after => new Promise((opened, failed) => {
    const socket = new WebSocket(`ws://${location.host}/websocket?after=${after}`);
    socket.onopen = () => { socket.close(); opened(); };
    socket.onerror = failed;
})"""

STREAM = """after => new Promise((opened, failed) => {
    const source = new EventSource(`/sse?after=${after}`);
    source.onopen = () => { source.close(); opened(); };
    source.onerror = failed;
})"""


@dataclass
class Site:
    """A site of one page, its poll, its event stream and its WebSocket.

    heads: of all requests, by their path.
    """

    heads: dict[str, bytes] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await request_of(reader)
            path = head.split(" ")[1]
            self.heads[path] = head.encode()
            if path == "/":
                writer.write(answer(PAGE, headers="Content-Type: text/html\r\n"))
            elif path.startswith("/websocket"):
                writer.write(switching(head))
                await reader.read(1)  # of the close frame
                return
            elif path.startswith("/sse"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            else:
                writer.write(answer(status="204 No Content"))


def switching(request: str) -> bytes:
    """The answer to an opening handshake (RFC 6455, section 4.2.2)."""
    (key,) = (line[19:] for line in request.split("\r\n") if line.startswith("Sec-WebSocket-Key: "))
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
    accept = f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n"
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"HTTP/1.1 101 Switching Protocols\r\n{upgrade}{accept}\r\n".encode()


@asynccontextmanager
async def visited(port: int) -> AsyncIterator[tuple[Page, str]]:
    """A Chromium that looks like one with a window and has opened the site's page; its version."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            agent = await (await browser.new_page()).evaluate("navigator.userAgent")
            context = await browser.new_context(user_agent=agent.replace("Headless", ""))
            page = await context.new_page()
            await page.goto(f"http://127.0.0.1:{port}/")
            yield page, browser.version.split(".")[0]
        finally:
            await browser.close()


async def told(context: BrowserContext, page: Page, event: str, script: str) -> dict[str, str]:
    """The request headers that the DevTools protocol names while the page runs `script`."""
    session = await context.new_cdp_session(page)
    heard: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    session.once(event, lambda said: heard.set_result(said))
    await session.send("Network.enable")
    await page.evaluate(script, 17)
    said = await heard
    headers: dict[str, str] = said["headers"] if "headers" in said else said["request"]["headers"]
    await session.detach()
    return headers


def size(path: str, headers: dict[str, str]) -> int:
    """In bytes, of a request of HTTP/1.1."""
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), ""]
    return sum(len(line.encode()) + len("\r\n") for line in lines)


def lines(handshake: bytes) -> list[bytes]:
    """Its headers in the order of the alphabet, as libraries have orders of their own; no nonce."""
    _, *headers = handshake.splitlines(keepends=True)
    return sorted(line for line in headers if not line.startswith(b"Sec-WebSocket-Key: "))


async def test_a_poll_is_the_browsers() -> None:
    site, path = Site(), "/short-poll?after=17"
    async with scripted(site.serve) as port, visited(port) as (page, version):
        event = "Network.requestWillBeSentExtraInfo"
        browsers = size(path, await told(page.context, page, event, POLL))
    ours = poll_request("chrome", f"http://127.0.0.1:{port}/short-poll")(17)
    assert browsers == len(site.heads[path])
    assert len(ours) == pytest.approx(browsers, rel=TOLERANCE)
    if version == PROFILE_VERSION:
        assert ours == site.heads[path]


async def test_a_stream_is_the_browsers() -> None:
    site, path = Site(), "/sse?after=17"
    async with scripted(site.serve) as port, visited(port) as (page, version):
        event = "Network.requestWillBeSentExtraInfo"
        browsers = size(path, await told(page.context, page, event, STREAM))
    ours = stream_request("chrome", f"http://127.0.0.1:{port}/sse", 17)
    assert browsers == len(site.heads[path])
    assert len(ours) == pytest.approx(browsers, rel=TOLERANCE)
    if version == PROFILE_VERSION:
        assert ours == site.heads[path]


async def test_a_post_is_the_browsers() -> None:
    site = Site()
    async with scripted(site.serve) as port, visited(port) as (page, version):
        await page.evaluate(POST)
    ours = post_request("chrome", f"http://127.0.0.1:{port}/echo")(b"hello")
    head, body = ours[: -len(b"hello")], ours[-len(b"hello") :]
    assert body == b"hello"
    assert len(head) == pytest.approx(len(site.heads["/echo"]), rel=TOLERANCE)
    if version == PROFILE_VERSION:
        assert head == site.heads["/echo"]


async def test_a_handshake_is_the_browsers() -> None:
    site, path = Site(), "/websocket?after=17"
    async with scripted(site.serve) as port:
        async with visited(port) as (page, version):
            event = "Network.webSocketWillSendHandshakeRequest"
            browsers = size(path, await told(page.context, page, event, SUBSCRIBE))
        theirs = site.heads[path]
        subscription = Subscription(
            url=f"ws://127.0.0.1:{port}/websocket", recorder=Recorder(), headers="chrome"
        )
        client = WebSocketClient(subscription)
        await client.connect()
        ours = client.byte_counts().up_protocol_bytes
        await client.close()
    own = site.heads["/websocket?after=0"]
    assert browsers == len(theirs)
    assert ours == len(own)
    assert ours + len("17") - len("0") == pytest.approx(browsers, rel=TOLERANCE)
    if version == PROFILE_VERSION:
        assert lines(own) == lines(theirs)

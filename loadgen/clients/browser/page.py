"""One page in a Chromium: a blank document of the server's origin, with our script in it.

The document never comes from the server: the browser's request for it is intercepted and answered
here. Each page has a browser context, and so cookies and connections, of its own.
"""

import asyncio
import base64
from collections.abc import Callable
from importlib.resources import files
from time import monotonic_ns
from typing import Any
from urllib.parse import urlsplit

import msgspec

from loadgen.clients.browser.chromium import Chromium
from loadgen.clients.browser.network_bytes import NetworkBytes
from loadgen.recording.clock_offset import Offset, Stamps, clock_offset

NS_PER_MS = 1_000_000
EXCHANGES = 20  # of stamps, before the feed and after it
# How far performance.now() may be off, as it is coarsened (W3C High Resolution Time, section 6.1):
# where a document is isolated from others, and where it is not.
RESOLUTION_NS = {True: 5_000, False: 100_000}

_SCRIPT = (files("loadgen.clients.browser") / "subscriber.js").read_text(encoding="utf-8")
_DOCUMENT = base64.b64encode(
    '<!doctype html><html lang="en"><title>feed</title><link rel="icon" href="data:,">'
    f"<script>{_SCRIPT}</script></html>".encode()
).decode()
# The last two isolate the document; they change nothing in what its own requests carry.
_HEADERS = [
    {"name": "Content-Type", "value": "text/html; charset=utf-8"},
    {"name": "Cross-Origin-Opener-Policy", "value": "same-origin"},
    {"name": "Cross-Origin-Embedder-Policy", "value": "require-corp"},
]
# What a browser reveals of itself beside its User-Agent, where it does so: to secure origins.
_HINTS = """(hints => hints && {
    brands: hints.brands.map(({brand, version}) =>
        ({brand: brand.replace("HeadlessChrome", "Chromium"), version})),
    mobile: hints.mobile, platform: hints.platform,
    platformVersion: "", architecture: "", model: "",
})(navigator.userAgentData)"""


class _Value(msgspec.Struct, frozen=True):
    value: Any = None
    description: str = ""


class _Thrown(msgspec.Struct):
    text: str
    exception: _Value = _Value()

    @property
    def line(self) -> str:
        """What was thrown, in one line, without where."""
        return (self.exception.description or self.text).partition("\n")[0]


class _Fields(msgspec.Struct, rename="camel"):
    """Of the answers and events that are read here."""

    browser_context_id: str = ""
    target_id: str = ""
    session_id: str = ""
    request_id: str = ""
    payload: str = ""
    result: _Value = _Value()
    exception_details: _Thrown | None = None


_decode = msgspec.json.Decoder(_Fields).decode


class Page:
    """A page; to be opened first. Calls raise ConnectionError where the browser, or it, is gone.

    network     its protocol bytes so far.
    on_rows     is called with each text that the script gives to its binding `report`; to be set.
    on_failed   is called with the reason where the page crashed, or its script broke; to be set.
    """

    def __init__(self, chromium: Chromium) -> None:
        self.network = NetworkBytes()
        self.on_rows: Callable[[str], None] = lambda text: None
        self.on_failed: Callable[[str], None] = lambda reason: None
        self._agent = chromium.agent
        self._devtools = chromium.devtools
        self._session = ""
        self._loaded = asyncio.Event()

    async def open(self, url: str) -> None:
        """Open a blank page of the origin that serves `url`, such as ws://127.0.0.1:8080/feed."""
        send = self._devtools.send
        context = _decode(await send("Target.createBrowserContext")).browser_context_id
        # A hidden page is as visible to its script as any, and spares the window around it.
        where: dict[str, Any] = {"browserContextId": context, "hidden": True}
        target = _decode(await send("Target.createTarget", url="about:blank", **where)).target_id
        attached = await send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = _decode(attached).session_id
        self._devtools.listen(self._session, self._on_event)
        parts = urlsplit(url)
        scheme = "https" if parts.scheme in ("https", "wss") else "http"
        origin = f"{scheme}://{parts.netloc}"
        await self._send("Security.setIgnoreCertificateErrors", ignore=True)
        await self._send("Page.enable")
        await self._send("Fetch.enable", patterns=[{"urlPattern": f"{origin}/*"}])
        await self._send("Page.navigate", url=f"{origin}/")
        await self._loaded.wait()
        await self._send("Fetch.disable")
        await self._send("Page.disable")
        hints = await self.evaluate(_HINTS)
        known = {"userAgentMetadata": hints} if hints else {}
        await self._send("Network.setUserAgentOverride", userAgent=self._agent, **known)
        await self._send("Runtime.enable")
        await self._send("Runtime.addBinding", name="report")
        await self._send("Network.enable", maxTotalBufferSize=0, maxResourceBufferSize=0)

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, or of what it promises."""
        answer = _decode(
            await self._send(
                "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
            )
        )
        if answer.exception_details is not None:
            raise ConnectionError(answer.exception_details.line)
        return answer.result.value

    def begin(self, expression: str) -> None:
        """Have the expression evaluated, and do not wait; where it throws, on_failed is called."""
        self._send("Runtime.evaluate", expression=f"setTimeout(() => {expression})")

    async def clock_offset(self) -> Offset:
        """The page's performance.now() − this host's monotonic clock, by exchanged stamps."""
        isolated = bool(await self.evaluate("crossOriginIsolated"))
        exchanged = []
        for _ in range(EXCHANGES):
            asked_ns = monotonic_ns()
            page_ns = round(await self.evaluate("performance.now()") * NS_PER_MS)
            exchanged.append(Stamps(asked_ns, page_ns, monotonic_ns()))
        return clock_offset(exchanged, RESOLUTION_NS[isolated])

    def _send(self, method: str, **params: Any) -> asyncio.Future[msgspec.Raw]:
        return self._devtools.send(method, self._session, **params)

    def _on_event(self, method: str, params: msgspec.Raw) -> None:
        match method:
            case "Fetch.requestPaused":
                answer = {"responseCode": 200, "responseHeaders": _HEADERS, "body": _DOCUMENT}
                request = _decode(params).request_id
                self._send("Fetch.fulfillRequest", requestId=request, **answer)
            case "Page.loadEventFired":
                self._loaded.set()
            case "Runtime.bindingCalled":
                self.on_rows(_decode(params).payload)
            case "Runtime.exceptionThrown":
                thrown = _decode(params).exception_details
                self.on_failed(thrown.line if thrown else "its script broke")
            case "Inspector.detached" | "Inspector.targetCrashed":
                self.on_failed("the page crashed")
            case _:
                self.network.add(method, params)

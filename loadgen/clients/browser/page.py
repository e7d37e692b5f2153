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
_DOCUMENT = (
    '<!doctype html><html lang="en"><title>feed</title><link rel="icon" href="data:,">'
    f"<script>{_SCRIPT}</script></html>"
)
# The last two isolate the document; they change nothing in what its own requests carry.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
# What a browser tells of itself beside its User-Agent, where it does so: to secure origins.
_HINTS = """(hints => hints && {
    brands: hints.brands.map(({brand, version}) =>
        ({brand: brand.replace("HeadlessChrome", "Chromium"), version})),
    mobile: hints.mobile, platform: hints.platform,
    platformVersion: "", architecture: "", model: "",
})(navigator.userAgentData)"""


class _Ids(msgspec.Struct, rename="camel"):
    browser_context_id: str = ""
    target_id: str = ""
    session_id: str = ""


class _Paused(msgspec.Struct, rename="camel"):
    request_id: str


class _Remote(msgspec.Struct):
    value: Any = None


class _Error(msgspec.Struct, frozen=True):
    description: str = ""


class _Thrown(msgspec.Struct):
    text: str
    exception: _Error = _Error()

    @property
    def line(self) -> str:
        """What was thrown, in one line, without where."""
        return (self.exception.description or self.text).partition("\n")[0]


class _Evaluated(msgspec.Struct, rename="camel"):
    result: _Remote
    exception_details: _Thrown | None = None


class _Broken(msgspec.Struct, rename="camel"):
    exception_details: _Thrown


class _Called(msgspec.Struct):
    payload: str


class Page:
    """A page; to be opened first. Calls raise ConnectionError where the browser, or it, is gone.

    ledger  its protocol bytes so far.
    told    is called with each text that the script gives to its binding `tell`; to be set.
    gone    is called with the reason where the page crashed, or its script broke; to be set.
    """

    def __init__(self, chromium: Chromium) -> None:
        self.ledger = NetworkBytes()
        self.told: Callable[[str], None] = _nobody
        self.gone: Callable[[str], None] = _nobody
        self._agent = chromium.agent
        self._devtools = chromium.devtools
        self._session = ""
        self._loaded: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, url: str) -> None:
        """Open a blank page of the origin that serves `url`, such as ws://127.0.0.1:8080/feed."""
        send = self._devtools.send
        made = _ids(await send("Target.createBrowserContext"))
        context = made.browser_context_id
        # A hidden page is as visible to its script as any, and spares the window around it.
        where: dict[str, Any] = {"browserContextId": context, "hidden": True}
        made = _ids(await send("Target.createTarget", url="about:blank", **where))
        made = _ids(await send("Target.attachToTarget", targetId=made.target_id, flatten=True))
        self._session = made.session_id
        self._devtools.listen(self._session, self._hear)
        await self._load(_origin(url))
        hints = await self.evaluate(_HINTS)
        known = {"userAgentMetadata": hints} if hints else {}
        await self._send("Network.setUserAgentOverride", userAgent=self._agent, **known)
        await self._send("Runtime.enable")
        await self._send("Runtime.addBinding", name="tell")
        await self._send("Network.enable", maxTotalBufferSize=0, maxResourceBufferSize=0)

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, or of what it promises."""
        answer = await self._send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        said = msgspec.json.decode(answer, type=_Evaluated)
        if said.exception_details is not None:
            raise ConnectionError(said.exception_details.line)
        return said.result.value

    def begin(self, expression: str) -> None:
        """Have the expression evaluated, and do not wait; where it throws, the page is `gone`."""
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

    async def _load(self, origin: str) -> None:
        await self._send("Security.setIgnoreCertificateErrors", ignore=True)
        await self._send("Page.enable")
        await self._send("Fetch.enable", patterns=[{"urlPattern": f"{origin}/*"}])
        await self._send("Page.navigate", url=f"{origin}/")
        await self._loaded
        await self._send("Fetch.disable")
        await self._send("Page.disable")

    def _hear(self, method: str, params: msgspec.Raw) -> None:
        act = _HEARD.get(method)
        if act is None:
            self.ledger.book(method, params)
        else:
            act(self, params)

    def _on_paused(self, params: msgspec.Raw) -> None:
        self._send(
            "Fetch.fulfillRequest",
            requestId=msgspec.json.decode(params, type=_Paused).request_id,
            responseCode=200,
            responseHeaders=[{"name": name, "value": value} for name, value in _HEADERS.items()],
            body=base64.b64encode(_DOCUMENT.encode()).decode(),
        )

    def _on_loaded(self, params: msgspec.Raw) -> None:
        if not self._loaded.done():
            self._loaded.set_result(None)

    def _on_told(self, params: msgspec.Raw) -> None:
        self.told(msgspec.json.decode(params, type=_Called).payload)

    def _on_broken(self, params: msgspec.Raw) -> None:
        self.gone(msgspec.json.decode(params, type=_Broken).exception_details.line)

    def _on_gone(self, params: msgspec.Raw) -> None:
        self.gone("the page crashed")


_HEARD: dict[str, Callable[[Page, msgspec.Raw], None]] = {
    "Fetch.requestPaused": Page._on_paused,
    "Page.loadEventFired": Page._on_loaded,
    "Runtime.bindingCalled": Page._on_told,
    "Runtime.exceptionThrown": Page._on_broken,
    "Inspector.detached": Page._on_gone,
    "Inspector.targetCrashed": Page._on_gone,
}


def _ids(answer: msgspec.Raw) -> _Ids:
    return msgspec.json.decode(answer, type=_Ids)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{'https' if parts.scheme in ('https', 'wss') else 'http'}://{parts.netloc}"


def _nobody(text: str) -> None:
    """There is nobody to be told yet."""

"""The page for people: its files, in memory, with a policy that lets no markup run scripts."""

from importlib import resources

from aiohttp import web

from servers.http.aiohttp_site import Handler

# Everything from this server, nothing inline; ws: as the WebSocket has a port of its own, and as
# the echo may be asked of another server.
POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


def page() -> dict[str, Handler]:
    """A handler for each file of the folder page/, and for `/`."""
    handlers = {
        f"GET /{entry.name}": _file(entry.name, entry.read_bytes())
        for entry in resources.files("servers.demo").joinpath("page").iterdir()
        if entry.name.endswith(tuple(_TYPES))
    }
    return {"GET /": handlers["GET /index.html"], **handlers}


def _file(name: str, body: bytes) -> Handler:
    headers = {
        "Content-Type": _TYPES[name[name.rindex(".") :]],
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers=headers)

    return handler

"""Echo: a text comes back in capitals, with three exclamation marks. What it is, and over HTTP.

`POST /echo` takes a text in UTF-8, whatever Content-Type it claims. Over WebSocket it is in
servers/transports/websocket/by_websockets.py.
"""

from aiohttp import web

from servers.errors import Refusal
from servers.http.aiohttp_site import read_body
from servers.http.header_profiles import plain

PATH = "/echo"
SUBPROTOCOL = "echo.pushbench"
MAX_TEXT_BYTES = 65_536


def answer(text: str) -> str:
    """What is answered to `text`."""
    return text.upper() + "!!!"


async def echo(request: web.BaseRequest) -> web.Response:
    """The handler: 200 and the answer, as text/plain in UTF-8.

    Raises Refusal: 413 for more than MAX_TEXT_BYTES, 400 for what is not UTF-8.
    """
    received = await read_body(request, MAX_TEXT_BYTES)
    try:
        body = answer(received.decode()).encode()
    except UnicodeDecodeError as error:
        raise Refusal(400, f"the text is not UTF-8: {error.reason} at byte {error.start}") from None
    headers = {**plain(200, len(body), False), "Content-Type": "text/plain; charset=utf-8"}
    return web.Response(body=body, headers=headers)

"""How each transport is named in a sentence, and its colour and texture in every chart.

Okabe and Ito's colours, which colour-blind readers can tell apart: warm ones poll, cool ones push.
A transport has its colour with every library; the texture tells libraries and browsers apart.
"""

from dataclasses import dataclass

from feed.transport import (
    LONG_POLL,
    POST,
    SHORT_POLL,
    SOCKETIO_POLLING,
    SOCKETIO_WEBSOCKET,
    SSE,
    TCP,
    WEBSOCKET,
    parsed,
)


@dataclass(frozen=True)
class Texture:
    """dashes: of a curve, lengths in line widths, () for a whole line. marker: at its median.

    hatch: over a bar; "" for a plain one. All in matplotlib's words.
    """

    dashes: tuple[float, ...] = ()
    marker: str = "o"
    hatch: str = ""


@dataclass(frozen=True)
class Style:
    """name: within a sentence. colour: as #rrggbb."""

    name: str
    colour: str
    texture: Texture = Texture()


_STYLES = {
    SHORT_POLL: Style("short polling", "#d55e00"),
    LONG_POLL: Style("long polling", "#e69f00"),
    SOCKETIO_POLLING: Style("Socket.IO polling", "#cc79a7"),
    POST: Style("HTTP POST", "#d55e00"),
    WEBSOCKET: Style("WebSocket", "#0072b2"),
    SSE: Style("server-sent events", "#009e73"),
    SOCKETIO_WEBSOCKET: Style("Socket.IO over WebSocket", "#56b4e9"),
    TCP: Style("bare TCP", "#808080"),
}
_UNKNOWN_COLOUR = "#999999"
_TEXTURES = {
    "": Texture(),
    "aiohttp": Texture((6, 1.5), "s", "//"),
    "picows": Texture((1.5, 1), "^", ".."),
    "httptools": Texture((5, 1.5, 1, 1.5), "D", "\\\\"),
    "nodejs-websocket": Texture((3, 1), "X", "--"),
    "node": Texture((3, 1), "X", "--"),
}
_PAGE_TEXTURE = Texture((1.2, 1.6), "v", "///")
_OTHER_TEXTURE = Texture((8, 1.5, 1, 1.5, 1, 1.5), "P", "xx")


def style_of(transport: str) -> Style:
    """The Style of a transport such as "websocket@aiohttp#2": "WebSocket (aiohttp, again)";
    "websocket#chromium" is "WebSocket (Chromium)".

    One that is not in the table keeps its own name, in grey.
    """
    name = parsed(transport)
    known = _STYLES.get(name.protocol, Style(name.protocol, _UNKNOWN_COLOUR))
    browser = "Chromium" if name.in_chromium else ""
    again = "again" if name.is_again else ""
    added = ", ".join(filter(None, [name.library, browser, again]))
    named = f"{known.name} ({added})" if added else known.name
    texture = _PAGE_TEXTURE if browser else _TEXTURES.get(name.library, _OTHER_TEXTURE)
    return Style(named, known.colour, texture)


def heading(transport: str) -> str:
    """The name with a capital, for the beginning of a sentence or a line."""
    name = style_of(transport).name
    return name[:1].upper() + name[1:]

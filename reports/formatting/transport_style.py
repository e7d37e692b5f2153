"""How each transport is named in a sentence, and its colour and texture in every chart.

Okabe and Ito's colours, which colour-blind readers can tell apart: warm ones poll, cool ones push.
A transport has its colour with every library; the texture tells libraries and browsers apart.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Texture:
    """dashes: of a curve, lengths in line widths, () for a whole line. marker: at its median.

    hatch: over a bar; "" for a plain one. All in matplotlib's words.
    """

    dashes: tuple[float, ...] = ()
    marker: str = "o"
    hatch: str = ""


@dataclass(frozen=True)
class Look:
    """name: within a sentence. pushes: the server speaks first. colour: as #rrggbb."""

    name: str
    pushes: bool
    colour: str
    texture: Texture = Texture()


_LOOKS = {
    "short-poll": Look("short polling", False, "#d55e00"),
    "long-poll": Look("long polling", False, "#e69f00"),
    "socketio-polling": Look("Socket.IO polling", False, "#cc79a7"),
    "post": Look("HTTP POST", False, "#d55e00"),
    "websocket": Look("WebSocket", True, "#0072b2"),
    "sse": Look("server-sent events", True, "#009e73"),
    "socketio-websocket": Look("Socket.IO over WebSocket", True, "#56b4e9"),
    "tcp": Look("bare TCP", True, "#808080"),
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


def look(transport: str) -> Look:
    """The Look of a transport such as "websocket@aiohttp#2": "WebSocket (aiohttp, again)";
    "websocket#chromium" is "WebSocket (Chromium)".

    One that is not in the table keeps its own name, in grey, and counts as polling.
    """
    name = word(transport)
    known = _LOOKS.get(name, Look(name, False, _UNKNOWN_COLOUR))
    library = first_name(transport).partition("@")[2]
    browser = "Chromium" if is_page(transport) else ""
    again = "again" if is_again(transport) else ""
    added = ", ".join(filter(None, [library, browser, again]))
    named = f"{known.name} ({added})" if added else known.name
    texture = _PAGE_TEXTURE if browser else _TEXTURES.get(library, _OTHER_TEXTURE)
    return Look(named, known.pushes, known.colour, texture)


def heading(transport: str) -> str:
    """The name with a capital, for the beginning of a sentence or a line."""
    name = look(transport).name
    return name[:1].upper() + name[1:]


def word(transport: str) -> str:
    """Its first word, without the library behind @ and what stands behind #."""
    return first_name(transport).partition("@")[0]


def first_name(transport: str) -> str:
    """As our own clients receive it for the first time: without what stands behind #."""
    return transport.partition("#")[0]


def is_again(transport: str) -> bool:
    """The same transport under a second name, such as "websocket#2": it measures the noise."""
    return any(mark.isdigit() for mark in transport.split("#")[1:])


def is_page(transport: str) -> bool:
    """Its clients were pages in a browser, as with "websocket#chromium"."""
    return "chromium" in transport.split("#")[1:]


def is_plain(transport: str) -> bool:
    """Our own clients, under its first name: what an answer and a plan speak of."""
    return not is_again(transport) and not is_page(transport)


def is_push(transport: str) -> bool:
    """The server speaks first."""
    return look(transport).pushes


def is_short_poll(transport: str) -> bool:
    """It polls on the grid of the scenario's interval, with whichever library."""
    return word(transport) == "short-poll"


def is_never_compressed(transport: str) -> bool:
    """Its bytes are the same with compression on: docs/protocol.md."""
    return word(transport) in ("sse", "tcp")


def is_floor(transport: str) -> bool:
    """The bare socket, which no browser speaks: what the others are held against."""
    return word(transport) == "tcp"


def is_choice(transport: str) -> bool:
    """Somebody could take it: it is plain, and not the floor."""
    return is_plain(transport) and not is_floor(transport)

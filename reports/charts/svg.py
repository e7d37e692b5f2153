"""From matplotlib's SVG to one that lives inside a page: its colours, its font, its own ids.

Text stays text, so that it takes the page's font and can be selected; INK, LINE and PAPER are drawn
in odd colours that become the page's own, in light and in dark.
"""

import re
from xml.sax.saxutils import escape, quoteattr

INK = "#010203"
LINE = "#040506"
PAPER = "#070809"

_PAGE_COLOURS = {INK: "currentColor", LINE: "var(--line)", PAPER: "var(--paper)"}
_FAMILY = re.compile(r"font-family: [^;\"]*;? ?")
_SHORT_FONT = re.compile(r"font: ([\d.]+px) [^;\"]*")
_HEAD = re.compile(r"^.*?<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_ID = re.compile(r'\bid="([^"]+)"')


def embed(drawn: str, name: str, title: str, description: str) -> str:
    """The drawing as an inline <svg role="img">, as wide as its place.

    name         unique in the page; every id begins with it.
    title, description  plain text for those who cannot see it; escaped here.
    """
    view_box, body = _split(drawn)
    body = _METADATA.sub("", _COMMENT.sub("", body)).replace("xlink:href", "href")
    for drawn_colour, page_colour in _PAGE_COLOURS.items():
        body = body.replace(drawn_colour, page_colour)
    body = _SHORT_FONT.sub(r"font-size: \1", _FAMILY.sub("", body))
    told = f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>"
    head = f'<svg role="img" aria-label={quoteattr(title)} viewBox="{view_box}">'
    return f"{head}\n{told}{_own_ids(body, name)}"


def _split(drawn: str) -> tuple[str, str]:
    head = _HEAD.match(drawn)
    if head is None:
        raise ValueError("no <svg> with a viewBox")
    return head[1], drawn[head.end() :].rstrip()


def _own_ids(body: str, name: str) -> str:
    """Ids that nothing refers to are dropped, the others are prefixed."""
    for found in set(_ID.findall(body)):
        if f"#{found}" in body:
            body = body.replace(f'id="{found}"', f'id="{name}-{found}"')
            body = re.sub(rf"#{re.escape(found)}\b(?=[\")])", f"#{name}-{found}", body)
        else:
            body = body.replace(f' id="{found}"', "")
    return body

"""Short polling: `GET /short-poll?after=N` is answered at once, with whatever there is."""

from aiohttp import web

from feed.event import encode_batch
from feed.history import History
from servers import cursor
from servers.headers import Profile
from servers.site import Handler


def short_poll(history: History, profile: Profile) -> Handler:
    """The handler: 200 and a JSON array of events, or 204 where there is nothing new.

    It raises Refusal (400) and Gap (410), which the site answers.
    """

    async def handler(request: web.BaseRequest) -> web.Response:
        after = cursor.parse(request.query.get("after"), history)
        return poll_answer(request, history.since(after), profile)

    return handler


def poll_answer(request: web.BaseRequest, messages: list[bytes], profile: Profile) -> web.Response:
    """The answer to a poll that found `messages`, encoded events."""
    if not messages:
        return web.Response(status=204, headers=profile(204, 0, not request.keep_alive))
    body = encode_batch(messages)
    return web.Response(body=body, headers=profile(200, len(body), not request.keep_alive))

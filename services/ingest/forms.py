"""A form that somebody in the room sends, and no more than that: whoever sends half of one keeps no connection.

Those of a page are few (`https_server.MOST`), so that who holds them all holds the page.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

BODY_TIMEOUT_S = 5.0
FORM = "application/x-www-form-urlencoded"


async def field(request: web.Request, name: str) -> str:
    """One field of a plain form; empty where there is none.

    Raises HTTPUnsupportedMediaType: another kind, of which parts may be files. HTTPRequestTimeout: it does not come.
    HTTPBadRequest: it cannot be read. HTTPRequestEntityTooLarge: it is longer than the application takes.
    """
    if request.content_type != FORM:
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            found = (await request.post()).get(name, "")
        if isinstance(found, str):
            found.encode()  # some charsets make characters that are none
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (ValueError, LookupError):  # no UTF-8, or a charset that there is not
        raise web.HTTPBadRequest from None
    return found if isinstance(found, str) else ""

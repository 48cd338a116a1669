"""Which application answers: the leader's own, or the one that asks it. Changed while requests are served."""

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from services.alerts.dashboard.between_leaders import BetweenLeaders
from services.alerts.errors import Deposed


class Switch:
    """An ASGI application in front of two."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def use(self, app: ASGIApp) -> None:
        """Answer by this one from the next request on."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._app(scope, receive, send)


class WhileLeading:
    """The leader's pages, after it made sure that it leads: one that was held up would show what was."""

    def __init__(self, app: ASGIApp, sure: Callable[[], Awaitable[None]], between: BetweenLeaders) -> None:
        self._app = app
        self._sure = sure
        self._between = between

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; where another replica leads by now, it is to be asked again."""
        try:
            await self._sure()
        except Deposed:
            await self._between.answer(scope, "deposed")(scope, receive, send)
        else:
            await self._app(scope, receive, send)

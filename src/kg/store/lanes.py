"""Places at which queries run, and who takes the next one: fair by client, and never more waiting than a bound."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..errors import BackendBusyError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lane", "Turn"]

# What a client has used of a lane is forgotten by halves; less than this of it is nothing to tell clients apart by.
_HALVED_AFTER_S: Final = 10.0
_LITTLE_S: Final = 0.5
_REMEMBERED: Final = 1024
# A light query takes some milliseconds: as many as are answered within the time that a client waits.
_WAITING_PER_PLACE: Final = 256


@dataclass(eq=False, slots=True)
class Turn:
    """One query's claim to a place.

    Attributes:
        client: whose query it is.
        patience_s: seconds that it may still wait; waiting uses them up.
        evict: called when its place is given to somebody else.
    """

    client: str
    patience_s: float
    evict: Callable[[], None] = lambda: None
    granted: asyncio.Future[None] = field(init=False, repr=False)
    held_from: float = field(init=False, repr=False)


class Lane:
    """A number of places, and the queue before them.

    A free place goes to the client who holds the fewest, of those to the one who has held places for the least time of
    late, and of those to the one who has waited longest since the last. The queries of one client go in order. So a
    client with a thousand queries delays another's first by one, and so do a dozen clients with endless queries.

    Args:
        places: how many.
        setting: the name of the setting that says how many.
        is_shared: whether a client who holds all places gives its newest back when another comes.
    """

    def __init__(self, places: int, setting: str, *, is_shared: bool = False) -> None:
        self._places = places
        self._setting = setting
        self._is_shared = is_shared and places > 1
        self._held: dict[str, list[Turn]] = {}
        self._queues: dict[str, deque[Turn]] = {}
        self._used: dict[str, tuple[float, float]] = {}  # seconds, and when that was so
        self.busy = 0
        self.waiting = 0

    def try_take(self, turn: Turn) -> bool:
        """Take a place if one is free, or can be had from a client who holds them all."""
        if self.busy == self._places and not self._evict_for(turn.client):
            return False
        self._hold(turn)
        return True

    async def take(self, turn: Turn, at_most_s: float = math.inf) -> None:
        """Wait for a place.

        Raises:
            BackendBusyError: none became free in the turn's time or in ``at_most_s``, or too many are waiting already.
        """
        if self.try_take(turn):
            return
        self._enqueue(turn)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        timer = loop.call_later(min(turn.patience_s, at_most_s), self._turn_away, turn)
        has_place = False
        try:
            await turn.granted
            has_place = True
        finally:
            timer.cancel()
            turn.patience_s -= loop.time() - begun
            if not has_place:
                self._leave(turn)

    def give_back(self, turn: Turn) -> None:
        """Free a place, if it was not taken away; whoever is next has it at once."""
        if turn not in self._held.get(turn.client, ()):
            return
        self._release(turn)
        while self._queues:
            following = self._next()
            if not following.granted.done():  # who has just given up is about to leave
                self._hold(following)
                following.granted.set_result(None)
                return

    def _hold(self, turn: Turn) -> None:
        self._held.setdefault(turn.client, []).append(turn)
        turn.held_from = asyncio.get_running_loop().time()
        self.busy += 1

    def _release(self, turn: Turn) -> None:
        held = self._held[turn.client]
        held.remove(turn)
        if not held:
            del self._held[turn.client]
        self.busy -= 1
        self._count(turn)

    def _count(self, turn: Turn) -> None:
        now = asyncio.get_running_loop().time()
        self._used[turn.client] = (self._used_s(turn.client, now) + now - turn.held_from, now)
        if len(self._used) > _REMEMBERED:  # time is short: only so many clients can have used much of it
            self._used = {name: use for name, use in self._used.items() if self._used_s(name, now) >= _LITTLE_S}

    def _used_s(self, client: str, now: float) -> float:
        used_s, at = self._used.get(client, (0.0, now))
        return used_s * math.exp2((at - now) / _HALVED_AFTER_S)

    def _evict_for(self, client: str) -> bool:
        if not self._is_shared or len(self._held) != 1 or client in self._held:
            return False
        newest = next(iter(self._held.values()))[-1]
        self._release(newest)
        newest.evict()
        return True

    def _enqueue(self, turn: Turn) -> None:
        if self.waiting >= self._places * _WAITING_PER_PLACE:
            self._make_room(turn.client)
        turn.granted = asyncio.get_running_loop().create_future()
        self._queues.setdefault(turn.client, deque()).append(turn)
        self.waiting += 1

    def _make_room(self, client: str) -> None:
        """Turn away the newest query of the client who has most waiting; if that is this one, this query."""
        longest = max(self._queues, key=lambda name: len(self._queues[name]))
        if len(self._queues[longest]) <= len(self._queues.get(client, ())) + 1:
            raise self._busy_error()
        turned_away = self._queues[longest].pop()
        self.waiting -= 1
        self._turn_away(turned_away)

    def _turn_away(self, turn: Turn) -> None:
        if not turn.granted.done():
            turn.granted.set_exception(self._busy_error())

    def _next(self) -> Turn:
        # The first of those with fewest and least; a client that is served goes to the end of the round.
        now = asyncio.get_running_loop().time()
        claims = {name: (len(self._held.get(name, ())), self._used_s(name, now) // _LITTLE_S) for name in self._queues}
        client = min(claims, key=claims.__getitem__)
        queue = self._queues.pop(client)
        following = queue.popleft()
        if queue:
            self._queues[client] = queue
        self.waiting -= 1
        return following

    def _leave(self, turn: Turn) -> None:
        """Forget who waits no longer: a place that came too late is the next one's."""
        self.give_back(turn)
        queue = self._queues.get(turn.client)
        if queue is not None and turn in queue:
            queue.remove(turn)
            self.waiting -= 1
            if not queue:
                del self._queues[turn.client]

    def _busy_error(self) -> BackendBusyError:
        return BackendBusyError(
            f"All {self._places} places for such a query were taken, and others were before this one "
            f"({self._setting}, KG_QUEUE_TIMEOUT_S). Try again in a moment."
        )

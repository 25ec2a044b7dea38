"""What visitors are shown of the catalogue, kept for some seconds.

Next free times are worked out once a minute, so a list that is five seconds old is as good as a new one. Only visitors
get it: who is signed in sees a change at once.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from markupsafe import Markup


class Remembered:
    """The latest answers to `most` questions, each for `seconds`; may be asked from several threads."""

    def __init__(self, seconds: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.most, self._clock = seconds, most, clock
        self._kept: OrderedDict[Hashable, tuple[float, Markup]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Hashable, work_out: Callable[[], Markup]) -> Markup:
        """The answer kept, or a new one. Two threads may work out the same at once; neither waits."""
        present = self._clock()
        with self._lock:
            made, answer = self._kept.get(question, (present - self.seconds, Markup()))
        if present - made < self.seconds:
            return answer
        answer = work_out()
        with self._lock:
            self._kept[question] = (present, answer)
            self._kept.move_to_end(question)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return answer

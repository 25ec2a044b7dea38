"""What the state machines of the market share: a world that is undone afterwards, a calendar, and the walk itself."""

from datetime import datetime
from typing import ClassVar

import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.access.world import undone


class Undone(RuleBasedStateMachine):
    """Whatever is committed in one story is undone before the next."""

    def __init__(self) -> None:
        super().__init__()
        self.undoing = undone()
        self.undoing.__enter__()

    def teardown(self) -> None:
        self.undoing.__exit__(None, None, None)


class Dated(Undone):
    """A story that begins at an instant; `clock` moves on from there."""

    begins: ClassVar[datetime]

    def __init__(self) -> None:
        super().__init__()
        self.traveller = time_machine.travel(self.begins, tick=False)
        self.clock = self.traveller.start()

    def teardown(self) -> None:
        self.traveller.stop()
        super().teardown()


def walk(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Take so many stories of at most so many steps. What fails is told as it is: shortening takes too long here."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )  # fmt: skip

"""The sweep: offers that ran out, holds that are gone, windows that have passed."""

from app.core.db import unit_of_work
from app.core.tasks import task
from app.equipment.waiting.operations import serve_line
from app.equipment.waiting.queries import instruments_with_a_line


@task("waiting.serve_lines", every=60.0, in_pieces=True)
def serve_lines_task() -> None:
    """Look at every line; each instrument in a unit of work of its own, so that no lock waits for another line."""
    with unit_of_work():
        instruments = instruments_with_a_line()
    for instrument_id in instruments:
        with unit_of_work():
            serve_line(instrument_id)

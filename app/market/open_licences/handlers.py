"""What happens to declarations when something else happens. Every handler may run twice."""

from app.core.events import subscribe
from app.market.open_licences.announcing import end_with_patent
from app.market.open_licences.queries import declaration, live_declaration
from app.market.patents.events import PatentLapsed


@subscribe(PatentLapsed)
def end_with_its_patent(event: PatentLapsed) -> None:
    """An open licence ends with the patent; a pilot leaves the list."""
    live = live_declaration(event.patent_id)
    if live is not None:
        end_with_patent(declaration(live.id))

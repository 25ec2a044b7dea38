"""How money that reaches a bill is shared out over its lines and the institutions behind them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from app.core.money import round_half_up


@dataclass(frozen=True, slots=True)
class Claim:
    """A bill line: what it amounts to, what of that its institution gets, and how much of both came in so far."""

    line_id: UUID
    provider_id: UUID
    gross: int
    net: int
    collected_gross: int = 0
    collected_net: int = 0

    @property
    def open_gross(self) -> int:
        return self.gross - self.collected_gross


@dataclass(frozen=True, slots=True)
class Share:
    """What one line gets of the money, and its institution of that."""

    line_id: UUID
    provider_id: UUID
    gross: int
    net: int


def collect(claim: Claim, gross: int) -> Share:
    """`gross` of a claim and the institution's part, so that over all parts exactly the claim's net is reached."""
    upto = claim.collected_gross + gross
    net = round_half_up(Fraction(claim.net * upto, claim.gross)) - claim.collected_net
    return Share(claim.line_id, claim.provider_id, gross, net)


def allocate_oldest_first(claims: Iterable[Claim], amount: int) -> tuple[list[Share], int]:
    """Give `amount` to the positive claims in their order until it is used up; returns the shares and the rest."""
    shares = []
    for claim in claims:
        part = min(amount, claim.open_gross)
        if part > 0:
            shares.append(collect(claim, part))
            amount -= part
    return shares, amount


def offset_credits(claims: Sequence[Claim]) -> tuple[list[Share], int]:
    """Set open negative claims off against positive ones; returns the shares and what is left over for the payer."""
    taken_back = [claim for claim in claims if claim.open_gross < 0]
    shares = [collect(claim, claim.open_gross) for claim in taken_back]
    set_off, rest = allocate_oldest_first(claims, -sum(claim.open_gross for claim in taken_back))
    return shares + set_off, rest

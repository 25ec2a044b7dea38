"""Who gets into the operator's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask.typing import ResponseReturnValue

from app.accounts.identity import ask_to_sign_in, current_actor
from app.accounts.policy import any_operator
from app.core.policy import Rule, ensure

View = TypeVar("View", bound=Callable[..., Any])


def operators(permission: Rule) -> Callable[[View], View]:
    """Let in those whom `permission` allows: visitors sign in, strangers get 404, colleagues 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            actor = current_actor()
            if actor.user is None:
                return ask_to_sign_in()
            ensure(actor, permission, None, known_to=any_operator)
            return view(*args, **kwargs)  # type: ignore[no-any-return]

        return guarded  # type: ignore[return-value]

    return decorate

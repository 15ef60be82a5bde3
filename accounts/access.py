"""Who may do what, decided in one place; what a person may not see is 404, not 403."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse

from accounts.errors import RuleBroken
from accounts.models import Role, User

View = Callable[..., HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """The member of staff behind the request; sign-in middleware has turned others away."""
    return cast(User, request.user)


def for_roles(*roles: Role) -> Callable[[View], View]:
    """Let only these roles reach the view; for everyone else the page does not exist."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if signed_in(request).role not in roles:
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def only_administrators(by: User) -> None:
    """Raise RuleBroken (``may_not_change``) for everybody else."""
    if by.role != Role.ADMINISTRATOR:
        raise RuleBroken("Only administrators change the settings.", "may_not_change")

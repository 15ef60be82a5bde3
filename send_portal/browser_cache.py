"""What a browser may keep: nothing of a page that only somebody signed in can see.

Machines are shared at reception desks and in schools: after signing out, "Back" must not show
the case that was open. The price: going back past a form that was shown again with a mistake, the
browser asks for the form anew instead of showing what was typed. It is the lesser evil.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.access import signed_in

GetResponse = Callable[[HttpRequest], HttpResponse]


def kept_nowhere(get_response: GetResponse) -> GetResponse:
    """Middleware: no cache keeps what a signed-in person is shown."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if signed_in(request).is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response

    return middleware

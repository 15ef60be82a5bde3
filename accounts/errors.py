"""The one error that a broken rule of the service raises, in every app."""


class RuleBroken(Exception):
    """A rule of the service forbids what was asked.

    A page shows ``message`` in its error summary and the API answers 409 with ``code``.
    ``field`` names the form field at fault, when one is.
    """

    def __init__(self, message: str, code: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field

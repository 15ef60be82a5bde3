"""Tables whose rows are written once and never change, guarded by the database itself."""

import pgtrigger


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE; a refused write is InternalError.

    A delete trigger does not see TRUNCATE, so that has one of its own.
    """
    return [
        pgtrigger.Protect(
            name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete
        ),
        pgtrigger.Trigger(
            name=f"{name}_no_truncate",
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            func=f"RAISE EXCEPTION 'pgtrigger: {name} rows are kept for ever';",
        ),
    ]


def kept_for_ever(name: str, *unchanging: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse DELETE and TRUNCATE, and any change of the columns ``unchanging``."""
    return [
        pgtrigger.Protect(name=f"{name}_kept", operation=pgtrigger.Delete),
        pgtrigger.Protect(name=f"{name}_unchanged", operation=pgtrigger.UpdateOf(*unchanging)),
        pgtrigger.Trigger(
            name=f"{name}_no_truncate",
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            func=f"RAISE EXCEPTION 'pgtrigger: {name} rows are kept for ever';",
        ),
    ]

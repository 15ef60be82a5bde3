"""The words people are sent: filled in safely, whatever a council has written."""

from datetime import UTC, datetime

import pytest
import textstat

from notices.models import Link, Text
from notices.placeholders import MEANINGS, placeholders_in
from notices.texts import SHIPPED, SHIPPED_LINKS, ValueMissing, current

NOW = datetime(2026, 11, 16, 10, tzinfo=UTC)
FAMILY = "contact.acknowledged.family"


def values(code: str, **changes: str) -> dict[str, str]:
    """What a sender passes for the text: an example of each."""
    return {name: MEANINGS[name].example for name in SHIPPED[code].placeholders} | changes


def edit(by, code: str, body: str, *, subject: str = "Hello {reference}", version: int = 2) -> Text:
    return Text.objects.create(
        code=code, version=version, subject=subject, body=body, written_at=NOW, written_by=by
    )


@pytest.mark.rule("H51")
@pytest.mark.rule("H53")
def test_the_shipped_acknowledgement_says_reference_date_and_what_is_urgent(db):
    written = current().write(FAMILY, **values(FAMILY))

    assert written.version == 1
    assert written.subject == "We have your message: CON-000123"
    assert (
        "We will answer you by Tuesday 17 November 2026, within 10 working days of receiving "
        "your message. Cora Hill in the North team will answer you.\n" in written.body
    )
    assert "There is no need to write again or to ring." in written.body
    assert "These things are urgent:\n- A child or young person has no school or " in written.body
    assert "If a child is in danger, ring 999 now." in written.body
    assert written.body.endswith("\n\nWexmoor County Council")


@pytest.mark.rule("H52")
@pytest.mark.parametrize(
    ("code", "link", "other"),
    [
        ("contact.acknowledged.family", "Local Offer: https://local-offer.example.org", "Grid"),
        ("contact.acknowledged.unfiled", "Local Offer: https://local-offer.example.org", "Grid"),
        ("contact.acknowledged.school", "The Grid: https://grid.example.org", "Local Offer"),
    ],
)
def test_families_are_sent_to_the_local_offer_and_schools_to_the_grid(db, code, link, other):
    body = current().write(code, **values(code)).body

    assert f"Come back to us if you cannot find it:\n{link}\n" in body
    assert other not in body


@pytest.mark.parametrize("code", SHIPPED)
def test_every_placeholder_of_a_text_is_used_and_explained(code):
    shipped = SHIPPED[code]
    used = placeholders_in(shipped.subject, shipped.body)

    assert used - set(shipped.placeholders) <= {"council", "service", *SHIPPED_LINKS}
    assert set(shipped.placeholders) <= used & set(MEANINGS)


def test_a_line_with_nothing_to_say_is_left_out(db):
    body = (
        current()
        .write(FAMILY, **values(FAMILY, person_line="", seen_line="", formal_line="", urgent=""))
        .body
    )

    assert "of receiving your message.\n\nYou do not need" in body
    assert "These things are urgent" not in body
    assert "\n\n\n" not in body


def test_a_link_that_the_council_set_is_used_and_a_removed_one_leaves_its_line_out(db, cora):
    Link.objects.create(code="sendiass", label="Wexmoor SENDIASS", url="https://s.example.org")
    Link.objects.create(code="complaints", label="Complaints", url="")
    code = "contact.followed_up"

    body = current().write(code, **values(code)).body

    assert "do not work for us:\nWexmoor SENDIASS: https://s.example.org\n\nIf" in body
    assert "omplaints" not in body

    Link.objects.update(url="")
    body = current().write(code, **values(code)).body
    assert "You can also" not in body


def test_the_newest_version_is_used_and_all_are_read_in_two_queries(
    db, cora, django_assert_num_queries
):
    edit(cora, FAMILY, "Old {reference}")
    edit(cora, FAMILY, "New {reference} by {answer_by}, {council}, {service}", version=3)
    edit(cora, "contact.moved", "Moved {reference}")

    with django_assert_num_queries(2):
        texts = current()
        written = texts.write(FAMILY, **values(FAMILY, answer_by="Monday"))
        moved = texts.write("contact.moved", **values("contact.moved"))

    assert (written.version, written.subject) == (3, "Hello CON-000123")
    assert written.body == "New CON-000123 by Monday, Wexmoor County Council, SEND Portal"
    assert (moved.version, moved.body) == (2, "Moved CON-000123")


def test_what_a_value_holds_is_never_filled_in_or_looked_into(db, cora):
    edit(cora, FAMILY, "{reference.__class__} {reference!r} {0} {} {{reference}}")
    nasty = "{answer_by} {council} %s {0.__class__} \\1"

    written = current().write(FAMILY, **values(FAMILY, reference=nasty))

    assert written.body == f"{{reference.__class__}} {{reference!r}} {{0}} {{}} {{{nasty}}}"


def test_a_subject_is_always_one_line(db):
    code = "contact.moved"

    written = current().write(code, **values(code, reference="CON\r\nBcc: all@example.org"))

    assert written.subject == "A new date for our answer: CON Bcc: all@example.org"


def test_a_value_that_a_sender_forgot_is_an_error_in_tests(db):
    with pytest.raises(ValueMissing, match=r"contact.moved needs new_date, old_date\."):
        current().write("contact.moved", reference="CON-000001")


def test_a_forgotten_value_costs_its_sentence_in_production(db, settings, caplog):
    settings.MODE = "production"

    body = current().write("contact.moved", reference="CON-000001", old_date="Monday").body

    assert body == (
        "We told you that we would answer CON-000001 by Monday.\n\n"
        "The days on which we are open have changed since then.\n\n"
        "You do not need to do anything.\n\nWexmoor County Council"
    )
    assert "text_value_missing" in caplog.text


def test_a_version_that_cannot_be_filled_in_gives_way_to_the_shipped_one(db, cora, caplog):
    edit(cora, "contact.moved", "By {no_such_thing}")

    written = current().write("contact.moved", **values("contact.moved"))

    assert (written.version, "is now Monday 16 November 2026" in written.body) == (1, True)
    assert "text_not_filled" in caplog.text


# The communication policy gives these words itself (H105): they are shipped as they stand there.
POLICY = (
    "I note your concerns about contact with our SEND team. This has been passed on to our "
    "resolutions team who will coordinate a response and resolution for you. Thank you for your "
    "patience whilst we look into this for you. A member of the SEND team will be back in touch by "
    "phone or email with an initial response within 48 hours."
)
IN_POLICY = {"resolution.passed": "email", "resolution.passed.telephone": "call"}


@pytest.mark.rule("H105")
@pytest.mark.parametrize("code", sorted(IN_POLICY))
def test_the_standard_response_has_the_words_of_the_policy(db, code):
    body = current().write(code, **values(code)).body

    assert body.startswith(f"Thank you for your {IN_POLICY[code]} – {POLICY}\n")


@pytest.mark.rule("H15")
@pytest.mark.parametrize("code", [code for code in SHIPPED if code not in IN_POLICY])
def test_a_child_of_ten_can_read_every_shipped_text(db, code):
    body = current().write(code, **values(code, answer_by="Tuesday 17 November 2026")).body
    # Links, lists and the names at the foot are no sentences.
    prose = " ".join(line for line in body.splitlines() if line.endswith("."))

    # A school grade in America: in grade 5, children turn eleven. Both formulas count letters,
    # which is the same everywhere; those that count syllables need a dictionary.
    assert textstat.automated_readability_index(prose) < 5
    assert textstat.coleman_liau_index(prose) < 7
    assert textstat.words_per_sentence(prose) < 12

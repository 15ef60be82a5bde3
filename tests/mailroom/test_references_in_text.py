"""References that a known sender writes in the text and not in the subject (H48, H67)."""

import pytest

from cases.models import Contact
from mailroom.matching import Found, find, new_words
from mailroom.parsing import parse
from tests.factories import CaseFactory, ContactFactory, PersonFactory, RelatedPersonFactory
from tests.mailroom.writing import NGOZI, NOW, bring, later, written

pytestmark = [pytest.mark.django_db, pytest.mark.rule("H67")]


@pytest.fixture
def asked(amara) -> Contact:
    """Ngozi wrote about the school, and about the taxi."""
    bring(written("Which school?", subject="School"))
    return Contact.objects.get()


def found(text: str, sender: str = NGOZI, subject: str = "A question") -> Found:
    return find(parse(written(text, subject=subject, sender=sender)), NOW.date())


@pytest.mark.rule("H48")
def test_a_reference_in_the_first_lines_joins_what_is_open(asked):
    bring(written(f"Hello,\n\nany news of {asked.reference}?", subject="Hello"), at=later(60))

    again = Contact.objects.latest("pk")
    assert (again.original, again.link, again.clock_id) == (asked, "chaser", None)


@pytest.mark.parametrize(
    "history",
    [
        "On Mon, 2 Nov 2026 at 10:00, Cora Hill wrote:\n> {0}",
        "On Mon, 2 Nov 2026 at 10:00, Cora Hill <cora@w.example.org>\nwrote:\n{0}",
        "-----Original Message-----\n{0}",
        "________________________________\nFrom: Cora Hill\n{0}",
        "> {0}",
    ],
)
def test_a_reference_in_what_is_quoted_below_is_not_read(asked, history):
    assert found("Something new.\n\n" + history.format(asked.reference)).thread is None


def test_a_reference_far_down_is_not_read(asked):
    assert found("A line\n" * 30 + asked.reference).thread is None


def test_the_subject_counts_before_the_text(asked, amara):
    other = ContactFactory.create(case=amara, reference="CON-090007", sender_email=NGOZI)
    assert found(asked.reference, subject=other.reference).thread == other


def test_a_stranger_proves_nothing_with_it(asked):
    assert found(asked.reference, sender="s@example.org") == found("Hi", sender="s@example.org")


def test_a_parent_known_for_another_child_stays_with_their_own(asked, cora):
    person = PersonFactory.create(given_name="Tobi", family_name="Pine")
    tobi = CaseFactory.create(person=person, owner=cora)
    RelatedPersonFactory.create(person=person, email="pine@example.org", name="Peter Pine")

    read = found(asked.reference, sender="pine@example.org")
    assert (read.case, read.thread) == (tobi, None)


def test_of_two_in_the_text_it_joins_the_newer_as_with_the_subject(asked, amara):
    other = ContactFactory.create(case=amara, reference="CON-090008", sender_email=NGOZI)
    words = f"{asked.reference} and {other.reference}"
    assert found(words).thread == found("Hi", subject=words).thread == other


def test_new_words_leave_out_a_signature_and_empty_lines():
    assert new_words("Hello\n\nagain\n-- \nCON-000001") == "Hello\nagain"

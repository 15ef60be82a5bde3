"""Words that may mean a formal matter are pointed out, and nothing starts by itself."""

import pytest

from cases.hints import may_be_formal
from cases.models import Contact
from tests.cases.contacts import email, log
from tests.factories import CaseFactory

Category = Contact.Category


@pytest.mark.rule("H68")
@pytest.mark.parametrize(
    ("subject", "message", "category"),
    [
        ("", "I am asking for an EHC needs assessment under section 36.", "assessment_request"),
        ("Request for an assessment", "Please see my letter.", "assessment_request"),
        ("", "Please could he be reassessed?", "reassessment_request"),
        ("Subject Access Request", "Send me everything.", "subject_access"),
        ("FOI", "How many plans were late?", "information_request"),
        ("", "I want to make a complaint about the taxi.", "complaint"),
        ("", "These are my comments on the draft plan.", "representation"),
        ("", "We have registered an appeal with the Tribunal.", "tribunal"),
        ("Taxi", "When does the taxi start?", None),
        ("", "His teacher said the assessment went well.", None),
        ("", "", None),
    ],
)
def test_words_that_may_be_a_formal_matter_are_recognised(policy, cora, subject, message, category):
    contact = log(CaseFactory(owner=cora), email(subject=subject, message=message))

    found = may_be_formal(contact)

    assert (found.value if found else None) == category
    assert not contact.formal_matters.exists()


def test_what_is_formal_already_is_not_hinted_at(policy, cora):
    contact = log(
        CaseFactory(owner=cora), email(message="I complain.", category=Category.COMPLAINT)
    )

    assert may_be_formal(contact) is None

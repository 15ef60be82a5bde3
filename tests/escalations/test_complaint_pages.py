"""The pages of complaints, agreements and themes, as people press their buttons."""

import html
import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import AccessEntry, Role
from cases.decision_actions import close_formal_matter, withdraw_formal_matter
from cases.models import Contact
from escalations.complaint_actions import acknowledge
from escalations.models import Agreement, Complaint, Learning, Theme, ThemeAction, ThemesDiscussed
from escalations.theme_actions import load_themes
from tests.escalations.complaining import (
    AGAIN,
    NOW,
    WORDS,
    asked_again,
    complained,
    looked_at,
    opened,
    settled,
    transport,
)
from tests.escalations.making import managed
from tests.factories import CaseFactory, UserFactory


@pytest.fixture(autouse=True)
def on_a_wednesday():
    with time_machine.travel(NOW, tick=False) as at:
        yield at


@pytest.fixture
def case(policy, cora):
    load_themes()
    return CaseFactory(owner=cora, reference="EHC-000042")


@pytest.fixture
def maya(north):
    return managed(north)


@pytest.fixture
def complaint(case, cora):
    return opened(case, cora)


def text(response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def at(complaint: Complaint, part: str = "") -> str:
    return f"/complaints/{complaint.pk}/{part}"


def day(name: str, value: date) -> dict[str, str]:
    parts = {"day": value.day, "month": value.month, "year": value.year}
    return {f"{name}_{part}": str(number) for part, number in parts.items()}


def errors(response) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


# --- The list and the panels ----------------------------------------------------------------


def test_a_complaint_is_opened_from_its_contact_once(case, as_person, cora):
    found = complained(case)
    client = as_person(cora)
    contact = f"/contacts/{found.contact.reference}/"
    page = text(client.get(contact))
    assert "To be acknowledged by Tuesday 10 November 2026 (Lena Marsh)." in page
    assert "Write down how it ended" not in page

    first = client.post(f"/complaints/open/{found.pk}/")
    again = client.post(f"/complaints/open/{found.pk}/")

    complaint = Complaint.objects.get()
    assert (first.url, again.url) == (at(complaint), at(complaint))
    assert f"Complaint {found.contact.reference}" in text(client.get(contact))
    assert f"Complaint {found.contact.reference}" in text(client.get("/cases/EHC-000042/"))


def test_another_teams_complaint_cannot_be_opened(case, as_person, oscar):
    found = complained(case)

    assert as_person(oscar).post(f"/complaints/open/{found.pk}/").status_code == 404
    assert not Complaint.objects.exists()


def test_a_mediation_is_no_complaint(case, as_person, cora):
    found = complained(case, category=Contact.Category.MEDIATION)

    page = as_person(cora).post(f"/complaints/open/{found.pk}/", follow=True)

    assert "This is not a complaint." in text(page)


@pytest.mark.rule("H22")
def test_an_adviser_sees_stage_owner_and_date_and_no_link(complaint, as_person, asif, cora):
    looked_at(complaint, cora, cora)

    page = as_person(asif).get("/cases/EHC-000042/")

    assert "To be answered by Wednesday 18 November 2026 (Cora Hill)." in text(page)
    assert at(complaint) not in page.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_is_soonest_first_and_costs_the_same(
    case, as_person, cora, django_assert_num_queries, number
):
    for _ in range(number):
        complained(CaseFactory(owner=cora))
        looked_at(opened(CaseFactory(owner=cora), cora), cora, cora)
    client = as_person(cora)
    client.get("/complaints/")

    with django_assert_num_queries(10):
        page = text(client.get("/complaints/"))

    assert page.count("Not opened yet") == number
    assert page.index("Not opened yet") < page.index("Stage 1")
    assert AccessEntry.objects.filter(detail="complaints").exists()


def test_the_list_shows_mine_and_the_answered_ones(complaint, as_person, cora, lena):
    looked_at(complaint, lena, cora)
    reference = complaint.matter.contact.reference
    client = as_person(cora)
    assert reference not in text(client.get("/complaints/?show=mine"))
    assert reference in text(as_person(lena).get("/complaints/?show=mine"))

    assert reference not in text(client.get("/complaints/?show=answered"))
    done = settled(opened(CaseFactory(owner=cora), cora), cora)
    assert done.matter.contact.reference in text(client.get("/complaints/?show=answered"))


@pytest.mark.parametrize("stages", [1, 2])
def test_the_page_costs_the_same_whatever_has_happened(
    complaint, as_person, cora, maya, django_assert_num_queries, stages
):
    settled(complaint, cora)
    if stages == 2:
        asked_again(complaint, cora)
    client = as_person(cora)
    client.get(at(complaint))

    with django_assert_num_queries(14):
        page = text(client.get(at(complaint)))

    assert WORDS in page
    assert ("The taxi did not come." in page) == (stages == 2)


# --- Through the stages ---------------------------------------------------------------------


@pytest.mark.rule("H103")
def test_a_complaint_goes_through_both_stages_on_the_pages(
    complaint, as_person, cora, lena, maya, on_a_wednesday
):
    client = as_person(cora)
    client.post(at(complaint, "acknowledge/"), {"to": cora.pk, "number": 1})
    page = text(client.get(at(complaint)))
    assert "Cora Hill answers by Wednesday 18 November 2026." in page

    given = {"finding": "upheld", "text": WORDS, "themes": [transport().pk], "number": 1}
    client.post(at(complaint, "answer/"), given | {"learnt": "We ring first."})
    assert "They ask for stage 2" in text(client.get(at(complaint)))
    assert Learning.objects.get().learnt == "We ring first."

    on_a_wednesday.move_to(AGAIN)
    client = as_person(cora)
    asked = {"why": "It did not come.", **day("asked_on", AGAIN.date())}
    client.post(at(complaint, "stage-two/"), asked)
    assert "Maya Stone acknowledges it by Tuesday 1 December 2026" in text(
        client.get(at(complaint))
    )
    form = client.get(at(complaint, "acknowledge/")).content.decode()
    assert f'value="{cora.pk}"' not in form
    client.post(at(complaint, "acknowledge/"), {"to": lena.pk, "number": 2})

    client = as_person(lena)
    prefilled = client.get(at(complaint, "answer/")).context["form"]
    assert prefilled.initial["themes"] == [transport().pk]
    client.post(at(complaint, "answer/"), given | {"number": 2, "finding": "partly"})

    page = text(client.get(at(complaint)))
    assert "This was our last answer. The family can go to the Local Government" in page
    assert Complaint.objects.get().stage == "two_answered"


def test_the_second_of_two_answers_is_refused_and_the_words_are_kept(
    complaint, as_person, cora, lena
):
    settled(complaint, cora)
    given = {"finding": "upheld", "text": "My own long words", "themes": [transport().pk]}

    page = as_person(lena).post(at(complaint, "answer/"), given | {"number": 1})

    assert "Cora Hill answered this stage on" in text(page)
    assert page.context["form"]["text"].value() == "My own long words"
    assert "Add" in text(page)


def test_a_stale_form_of_stage_1_changes_nothing_in_stage_2(complaint, as_person, cora, maya):
    asked_again(settled(complaint, cora), cora)

    page = as_person(maya).post(at(complaint, "acknowledge/"), {"to": maya.pk, "number": 1})

    assert "Cora Hill acknowledged this stage" in text(page)
    assert Complaint.objects.get().stage == "two_received"


@pytest.mark.parametrize(
    ("part", "missing"),
    [
        ("acknowledge/", {"to"}),
        ("answer/", {"finding", "text", "themes"}),
        ("more-time/", {"until", "reason"}),
        ("stage-two/", {"asked_on", "why"}),
        ("pass-on/", {"to", "reason"}),
        ("end/", {"reason", "themes"}),
        (
            "agreement/",
            {"channel", "often", "person", "agreed_with", "agreed_on", "review_on"},
        ),
    ],
)
def test_an_empty_form_says_what_is_missing(complaint, as_person, cora, part, missing):
    page = as_person(cora).post(at(complaint, part), {"number": 1})

    assert set(errors(page)) == missing
    assert "There is a problem" in text(page)


def test_more_time_says_until_when_and_learns_of_another_date(complaint, as_person, cora, lena):
    looked_at(complaint, cora, cora)
    seen = complaint.clock_id
    client = as_person(cora)
    assert "Wednesday 2 December 2026 at the latest" in text(
        client.get(at(complaint, "more-time/"))
    )
    given = {"number": 1, "reason": "The firm", "instead_of": seen}
    client.post(at(complaint, "more-time/"), given | day("until", date(2026, 11, 20)))

    late = as_person(lena).post(
        at(complaint, "more-time/"), given | day("until", date(2026, 11, 27))
    )
    assert "Somebody has promised Friday 20 November 2026 meanwhile" in text(late)
    hidden = late.context["form"]["instead_of"].value()
    again = given | {"instead_of": hidden} | day("until", date(2026, 11, 27))
    assert as_person(lena).post(at(complaint, "more-time/"), again).status_code == 302
    assert Complaint.objects.get().clock.due_at.date() == date(2026, 11, 27)


def test_passing_on_and_taking_back(complaint, as_person, cora, lena):
    client = as_person(cora)
    client.post(at(complaint, "pass-on/"), {"to": lena.pk, "reason": "x", "instead_of": cora.pk})
    assert Complaint.objects.get().clock.owner == lena

    client.post(at(complaint, "end/"), {"reason": "Settled.", "themes": [transport().pk]})
    page = text(client.get(at(complaint)))
    assert "Taken back by the sender" in page
    assert "Acknowledge it" not in page


# --- Keeping in touch -----------------------------------------------------------------------


@pytest.mark.rule("H126")
def test_an_agreement_is_made_changed_and_shown(complaint, as_person, cora, lena):
    client = as_person(cora)
    given = {"channel": "telephone", "often": "weekly", "person": cora.pk}
    given |= {"agreed_with": "Ngozi Okafor, by telephone", **day("agreed_on", NOW.date())}
    given |= day("review_on", date(2026, 12, 14))
    client.post(at(complaint, "agreement/"), given)

    case = text(client.get("/cases/EHC-000042/"))
    assert "Cora Hill will ring the family every week. Next on Wednesday 11 November 2026." in case
    assert "To be looked at again on Monday 14 December 2026." in case

    late = as_person(lena).post(at(complaint, "agreement/"), given | {"often": "monthly"})
    assert "has written down an agreement meanwhile" in text(late)
    seen = late.context["form"]["instead_of"].value()
    as_person(lena).post(
        at(complaint, "agreement/"), given | {"often": "monthly", "instead_of": seen}
    )
    page = text(as_person(cora).get(at(complaint)))
    assert "Cora Hill will ring the family every month." in page
    assert "Telephone, every week (Cora Hill), agreed with Ngozi Okafor, by telephone" in page
    assert Agreement.objects.count() == 2


# --- Themes ---------------------------------------------------------------------------------


@pytest.mark.rule("S31")
def test_what_waits_is_listed_and_coded(case, as_person, cora, oscar):
    found = complained(case, category=Contact.Category.TRIBUNAL)
    close_formal_matter(matter=found, outcome="Conceded.", by=cora, now=NOW)
    client = as_person(cora)
    assert f"Tribunal, {found.contact.reference} : Amara Okafor" in text(
        client.get("/themes/to-code/")
    )
    assert "Everything that has ended has a theme." in text(
        as_person(oscar).get("/themes/to-code/")
    )

    client = as_person(cora)
    path = f"/themes/matters/{found.pk}/"
    assert set(errors(client.post(path, {"instead_of": ""}))) == {"themes"}
    given = {"themes": [transport().pk], "learnt": "We ring first.", "instead_of": ""}
    assert client.post(path, given).url == "/themes/to-code/"
    other = Theme.objects.get(words="Delay")
    late = client.post(path, given | {"themes": [other.pk]})
    assert "has chosen themes" in text(late)
    assert late.context["form"]["instead_of"].value() == str(transport().pk)

    assert Learning.objects.get().theme == transport()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_what_waits_costs_the_same(
    case, as_person, cora, django_assert_num_queries, number
):
    for _ in range(number):
        found = complained(CaseFactory(owner=cora), category=Contact.Category.TRIBUNAL)
        close_formal_matter(matter=found, outcome="Conceded.", by=cora, now=NOW)
    client = as_person(cora)
    client.get("/themes/to-code/")

    with django_assert_num_queries(11):
        client.get("/themes/to-code/")


def test_a_decision_about_a_case_that_may_not_be_seen_is_refused(case, as_person):
    lead = UserFactory(role=Role.TEAM_LEAD)
    given = {"case": "EHC-000042", "outcome": "Fault", "themes": [transport().pk]}
    given |= {"submission": "00000000-0000-4000-8000-00000000000c", **day("on", NOW.date())}

    page = as_person(lead).post("/themes/ombudsman/", given)
    assert errors(page) == {"case": ["There is no case with this reference that you may see"]}

    done = as_person(lead).post("/themes/ombudsman/", given | {"case": ""})
    assert done.url == "/reports/themes/?month=2026-11"
    assert Learning.objects.get().case is None


def test_the_settings_list_is_kept_by_administrators(case, as_person):
    client = as_person(UserFactory(role=Role.ADMINISTRATOR, team=None))
    client.post("/settings/themes/new/", {"words": "Phase transfer"})
    theme = Theme.objects.get(words="Phase transfer")
    client.post(f"/settings/themes/{theme.pk}/move/", {"place": "0"})
    client.post(f"/settings/themes/{theme.pk}/use/", {"active": "no"})

    page = text(client.get("/settings/themes/"))
    assert page.index("Phase transfer Out of use") < page.index("Communication")

    given = {"words": "Moving on", "instead_of": "Something else"}
    late = client.post(f"/settings/themes/{theme.pk}/", given)
    assert "Somebody else has changed these words meanwhile" in text(late)
    hidden = late.context["form"]["instead_of"].value()
    client.post(f"/settings/themes/{theme.pk}/", given | {"instead_of": hidden})
    assert Theme.objects.get(pk=theme.pk).words == "Moving on"


@pytest.mark.parametrize("part", ["use", "move"])
def test_nobody_else_changes_a_theme(case, as_person, cora, part):
    theme = transport()

    answered = as_person(cora).post(f"/settings/themes/{theme.pk}/{part}/", {"active": "no"})

    assert answered.status_code == 404
    assert Theme.objects.get(pk=theme.pk).active


@pytest.mark.rule("S32")
@pytest.mark.rule("S33")
def test_actions_and_talks_are_written_down_from_the_report(case, as_person, cora, lena, maya):
    client = as_person(lena)
    given = {"words": "Ask the firm", "owner": cora.pk, **day("due_on", date(2026, 12, 10))}
    given |= {"submission": "00000000-0000-4000-8000-00000000000c"}
    made = client.post("/themes/actions/new/?month=2026-10", given)
    assert made.url == "/reports/themes/?month=2026-10"
    action = ThemeAction.objects.get()
    assert action.month == date(2026, 10, 1)

    as_person(cora).post(f"/themes/actions/{action.pk}/done/", {"note": "Asked."})
    action.refresh_from_db()
    assert action.done_note == "Asked."
    other = UserFactory()
    assert as_person(other).get(f"/themes/actions/{action.pk}/done/").status_code == 404

    as_person(lena).post("/themes/discussed/?month=2026-10", {"ideas": "Ring first."})
    late = as_person(lena).post("/themes/discussed/?month=2026-10", {"ideas": "Other."})
    assert "Lena Marsh has ticked it" in text(late)
    assert ThemesDiscussed.objects.get().ideas == "Ring first."


def test_a_withdrawn_complaint_says_so_and_offers_nothing(complaint, as_person, cora):
    withdraw_formal_matter(matter=complaint.matter, reason="A question.", by=cora, now=NOW)

    page = text(as_person(cora).get(at(complaint)))
    refused = as_person(cora).post(at(complaint, "acknowledge/"), {"to": cora.pk, "number": 1})

    assert "Withdrawn as a mistake: A question." in page
    assert "This was withdrawn: it was not a complaint." in text(refused)


def test_late_stages_are_said_in_words(complaint, as_person, cora, on_a_wednesday):
    late = datetime(2026, 11, 12, 10, tzinfo=UTC)
    acknowledge(complaint=complaint, number=1, to=cora, by=cora, now=late)
    on_a_wednesday.move_to(late)

    page = text(as_person(cora).get(at(complaint)))

    assert "by Cora Hill Late It was due by Tuesday 10 November 2026" in page

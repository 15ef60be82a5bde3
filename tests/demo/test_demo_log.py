"""The demonstration's case and contact log: families, linked contacts, rare things."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models import Count, F, Q

from accounts.models import Team, User
from accounts.profile import waiting_numbers
from cases.actions import log_contact
from cases.answer_actions import reply_by_email
from cases.contact_messages import wording
from cases.greetings import Greeting, figures_at, greeting_of, with_recorded
from cases.matter_actions import mark_seen
from cases.models import (
    Area,
    Case,
    CaseMerge,
    ConductReferral,
    Contact,
    ContactPlan,
    Establishment,
    FormalMatter,
    Involvement,
    LeadProfessional,
    Person,
    Recipient,
    RelatedPerson,
    VoicemailLine,
)
from cases.sent_actions import log_sent
from cases.voicemail import late_lines
from clocks.calendars import LONDON, council_calendar
from notices.models import Notice
from tests.demo.test_demo_contacts import columns, notice_story, played, received

pytestmark = pytest.mark.usefixtures("in_council")

TODAY = date(2026, 12, 7)
ENDS = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
SINCE = ENDS - timedelta(days=7)
CHASING = ["chaser", "follow_up"]


# --- Linked contacts, lived through again -----------------------------------------------------


def told_of(contact: Contact, *, but: str = "") -> list[tuple]:
    def plain(text: str) -> str:
        for name in (contact.reference, contact.original and contact.original.reference):
            text = text.replace(name or "-", "REFERENCE")
        return text

    found = Notice.objects.filter(key__startswith=f"contact:{contact.pk}:", created_at__gte=SINCE)
    return notice_story(found.exclude(kind=but or "-"), plain)


@pytest.mark.rule("H48")
@pytest.mark.parametrize("link", CHASING)
def test_chasers_are_as_logging_them_would_have_left_them(link: str) -> None:
    found = Contact.objects.filter(link=link, original__struck_at=None)
    found = found.exclude(channel="portal_message")
    made = list(found.select_related("original", "case", "logged_by").order_by("-logged_at")[:20])
    assert made
    for chaser in made:
        matter = chaser.original
        assert matter is not None
        reopen(matter)
        again = log_contact(
            case=chaser.case,
            received=received(chaser),
            submission=uuid4(),
            by=chaser.logged_by,
            now=chaser.logged_at,
            chases=matter,
        )
        if chaser.seen_at:
            mark_seen(contact=again, by=matter.promise.owner, now=chaser.seen_at)
        again.refresh_from_db()
        assert again.original == matter
        assert columns(again) == columns(chaser)
        assert told_of(again) == told_of(chaser)


def reopen(matter: Contact) -> None:
    """As it was while it was open."""
    clock = matter.promise
    clock.state, clock.stopped_at = "running", None
    clock.save()


@pytest.mark.rule("H57")
def test_replies_are_as_replying_by_email_would_have_left_them() -> None:
    found = Contact.objects.filter(link="reply", channel="email").order_by("-logged_at")
    made = list(found.select_related("original", "logged_by__team")[:20])
    assert len(made) == 20
    for reply in made:
        matter = reply.original
        assert matter is not None
        assert reply.logged_by is not None
        assert (matter.answered_at, matter.answered_by) == (reply.logged_at, reply.logged_by)
        fresh = log_contact(
            case=matter.case,
            received=received(matter),
            submission=uuid4(),
            by=matter.logged_by,
            now=matter.logged_at,
        )
        again = reply_by_email(
            contact=fresh,
            text=reply.message,
            submission=uuid4(),
            by=reply.logged_by,
            now=reply.logged_at,
        )
        assert columns(again) == columns(reply)
        assert told_of(again) == told_of(reply)


def test_what_the_service_did_is_as_logging_it_would_have_left_it() -> None:
    found = Contact.objects.filter(direction="out", link="").select_related("logged_by", "case")
    made = list(found.order_by("-logged_at")[:30])
    assert {contact.internal for contact in made} == {True, False}
    for contact in made:
        assert contact.case is not None
        assert contact.logged_by is not None
        again = log_sent(
            case=contact.case,
            channel=Contact.Channel(contact.channel),
            with_whom="" if contact.internal else contact.sender_name,
            note=contact.message,
            at=contact.received_at,
            submission=uuid4(),
            by=contact.logged_by,
            now=contact.logged_at,
        )
        assert columns(again) == columns(contact)


def test_about_one_email_in_twelve_is_asked_again() -> None:
    mails = Contact.objects.filter(channel="email", link="", direction="in")
    asked = mails.filter(linked__link__in=CHASING).distinct().count()
    assert 0.05 < asked / mails.count() < 0.11
    assert Contact.objects.filter(link="follow_up").count() >= 3


# --- Families ---------------------------------------------------------------------------------


def test_everybody_has_somebody_who_may_be_written_to_or_acts_for_themself() -> None:
    grown_up = RelatedPerson.objects.exclude(relation="self")
    assert not Person.objects.exclude(related_people__in=grown_up).exists()
    everybody = RelatedPerson.objects.select_related("person")
    reached = {row.person_id for row in everybody if row.may_be_written_to(TODAY)}
    merged = Case.objects.exclude(merged_into=None).values_list("person", flat=True)
    assert set(Person.objects.values_list("pk", flat=True)) - reached == set(merged)


def test_the_young_person_is_listed_exactly_once_their_rights_have_begun() -> None:
    of_cases = Person.objects.filter(case__merged_into=None).prefetch_related("related_people")
    for person in of_cases:
        selves = [row for row in person.related_people.all() if row.relation == "self"]
        assert len(selves) == person.has_rights(TODAY)
    acting = RelatedPerson.objects.exclude(acts_because="")
    assert acting.count() > 100
    assert not [row for row in acting.select_related("person") if not row.person.has_rights(TODAY)]


def test_flags_say_what_is_recorded_of_the_family() -> None:
    barred = Person.objects.filter(related_people__no_contact=True)
    assert set(barred) == set(Person.objects.filter(flags__contains=["no_contact"]))
    assert 3 <= barred.count() <= 40
    interpreter = Person.objects.filter(related_people__needs_interpreter=True).distinct()
    assert set(interpreter) == set(Person.objects.filter(flags__contains=["interpreter"]))
    share = Person.objects.filter(flags__contains=["separated_parents"]).count()
    assert 0.15 < share / Person.objects.count() < 0.25


def test_a_parents_contact_is_from_one_of_the_family_by_their_own_number() -> None:
    of_parents = Contact.objects.filter(sender="parent", case__isnull=False, direction="in")
    known = of_parents.filter(
        sender_person__person=F("case__person"), sender_person__name=F("sender_name")
    )
    others = set(of_parents.values_list("pk", flat=True)) - set(known.values_list("pk", flat=True))
    assert others == set(
        Contact.objects.filter(case__merged_into__isnull=False).values_list("pk", flat=True)
    )
    named = known.exclude(Q(sender_phone="") | Q(sender_phone=F("sender_person__phone")))
    assert not named.exists()
    assert not known.exclude(
        Q(sender_email="") | Q(sender_email=F("sender_person__email"))
    ).exists()


def test_telephone_numbers_and_addresses_of_families_are_invented() -> None:
    numbers = RelatedPerson.objects.values_list("phone", flat=True)
    assert {number[:9] for number in numbers} == {"07700 900"}
    assert (
        not RelatedPerson.objects.exclude(email="").exclude(email__endswith="@example.org").exists()
    )
    assert {code[:2] for code in RelatedPerson.objects.values_list("postcode", flat=True)} == {
        "WX",
        "",
    }


def test_two_in_a_hundred_are_taught_out_of_their_cohort() -> None:
    assert 8 <= Person.objects.exclude(year_offset=0).count() <= 50


def test_nine_areas_share_the_schools_and_children() -> None:
    assert Area.objects.count() == 9
    assert not Establishment.objects.filter(area=None).exists()
    assert not Person.objects.filter(area=None).exists()


# --- Staff ------------------------------------------------------------------------------------


@pytest.mark.rule("H37")
def test_every_owner_has_one_running_involvement_and_nobody_else_has() -> None:
    running = Involvement.objects.filter(role="owner", ended_on=None)
    assert set(running.values_list("case", "worker", "team")) == set(
        Case.objects.exclude(owner=None).values_list("pk", "owner", "team")
    )
    assert Involvement.objects.filter(role="owner", ended_on__isnull=False).count() > 100
    assert Involvement.objects.filter(role="support").exists()
    assert not Involvement.objects.filter(started_on__gt=TODAY).exists()


def test_one_team_takes_what_is_unfiled_and_all_have_a_senior_manager() -> None:
    assert Team.objects.filter(takes_unfiled=True).count() == 1
    assert not Team.objects.exclude(manager__role="senior_manager").exists()


@pytest.mark.rule("H43")
def test_voicemails_are_on_their_teams_line_and_one_line_is_forgotten() -> None:
    messages = Contact.objects.filter(channel="voicemail")
    assert not messages.exclude(line__team=F("case__team")).exists()
    lines = VoicemailLine.objects.all()
    forgotten = late_lines(lines, ENDS, council_calendar())
    assert [line.is_personal for line in forgotten] == [True]
    assert min(line.checks.count() for line in lines) >= 4


@pytest.mark.rule("H34")
def test_a_few_numbers_are_to_be_confirmed() -> None:
    waiting, holders = waiting_numbers(TODAY).count(), User.objects.holders().count()
    assert 0 < waiting < holders / 5


@pytest.mark.rule("H42")
def test_greetings_are_recorded_and_one_is_to_be_recorded_again() -> None:
    figures = figures_at(ENDS, wording())
    lines = {
        line: greeting_of(line, line.recorded_script, figures)  # type: ignore[attr-defined]
        for line in with_recorded(VoicemailLine.objects.in_use())
    }
    assert set(lines.values()) == {Greeting.CURRENT, Greeting.AGAIN}
    assert [line.is_personal for line in lines if lines[line] == Greeting.AGAIN] == [True]


# --- Formal matters and rare things -------------------------------------------------------------


@pytest.mark.rule("H68")
def test_requests_of_the_last_weeks_run_their_six_weeks_beside_the_answer() -> None:
    waiting = Case.objects.filter(status="request", merged_into=None)
    with_matter = FormalMatter.objects.filter(category="assessment_request")
    assert with_matter.count() >= waiting.count() - 1
    for matter in with_matter.select_related("clock", "contact__case"):
        assert matter.contact.case is not None
        assert matter.clock.due_at.astimezone(LONDON).date() == matter.contact.case.next_step_on


def test_rare_things_are_all_there() -> None:
    contacts = Contact.objects.all()
    found = {
        "tray": contacts.unfiled().count(),
        "advice": contacts.filter(category="advice_line", case=None).exclude(theme="").count(),
        "complaints": contacts.filter(category="complaint")
        .filter(formal_matters__complaint=None)
        .count(),
        "accepted": contacts.filter(urgency="accepted").count(),
        "declined": contacts.filter(urgency="declined").count(),
        "undecided": sum(row.needs_triage for row in contacts.filter(urgent_claimed=True)),
        "struck": contacts.exclude(struck_at=None).count(),
        "copied": min(5, Recipient.objects.filter(kind="copy").count()),
        "restricted": Case.objects.filter(restricted=True).count(),
        "leads": LeadProfessional.objects.in_force().count(),
        "proposed": LeadProfessional.objects.proposed().count(),
        "referrals": ConductReferral.objects.undecided().count(),
        "plans": ContactPlan.objects.in_force(TODAY).count(),
        "merged": CaseMerge.objects.filter(undone_at=None).count(),
    }
    assert found == {
        "tray": 3,
        "advice": 5,
        "complaints": 2,
        "accepted": 1,
        "declined": 2,
        "undecided": 1,
        "struck": 2,
        "copied": 5,
        "restricted": 3,
        "leads": 2,
        "proposed": 1,
        "referrals": 1,
        "plans": 1,
        "merged": 1,
    }
    assert contacts.filter(message__in=played()).count() >= 20


def test_nobody_owes_anything_on_a_case_they_may_not_see() -> None:
    restricted = Contact.objects.filter(case__restricted=True, clock__state="running")
    for contact in restricted.select_related("clock__owner", "case"):
        seen = Case.objects.visible_to(contact.promise.owner)
        assert seen.filter(contacts=contact).exists()
    lead = User.objects.get(email="team.lead@wexmoor.example.org")
    assert Case.objects.visible_to(lead).filter(restricted=True).count() == 3


def test_no_list_of_a_person_says_one_thing_twice() -> None:
    said = Contact.objects.owed().values("clock__owner", "message").order_by()
    often = said.annotate(times=Count("pk")).filter(times__gt=2)
    assert often.count() == 0

"""Every address of the portal, asked by everybody: the outsider is tested everywhere."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Absence, Role, Team, User
from callbacks.models import Booking, Pattern, Signpost, Slot
from cases.models import (
    Attachment,
    ConductReferral,
    Contact,
    ContactPlan,
    FormalMatter,
    Involvement,
    LeadProfessional,
    UrgentReason,
    VoicemailLine,
)
from clocks.models import Closure, Standard
from escalations.models import (
    Complaint,
    ComplaintStage,
    DeskEntry,
    Escalation,
    EscalationStep,
    Theme,
    ThemeAction,
)
from notices.models import Notice
from tests.factories import (
    CaseFactory,
    ClockFactory,
    ContactFactory,
    RelatedPersonFactory,
    TeamFactory,
    UserFactory,
)

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TO_COME = date(2027, 1, 4)
TODAY = date(2026, 11, 4)
EVERYONE = frozenset(Role)
READERS = EVERYONE - {Role.ADMINISTRATOR}
ADMINISTRATORS = {Role.ADMINISTRATOR}
LOGGERS = READERS - {Role.AUDITOR}
ANSWERERS = LOGGERS - {Role.CSC_ADVISER}
PLANNERS = {
    Role.COORDINATOR,
    Role.PLACEMENT_OFFICER,
    Role.TEAM_LEAD,
    Role.SENIOR_MANAGER,
    Role.RESOLUTION_OFFICER,
    Role.ADMINISTRATOR,
}
LEADERS = {Role.SENIOR_MANAGER}
LISTENERS = {
    Role.BUSINESS_SUPPORT,
    Role.COORDINATOR,
    Role.PLACEMENT_OFFICER,
    Role.TEAM_LEAD,
    Role.SENIOR_MANAGER,
    Role.RESOLUTION_OFFICER,
}
SEES_EVERY_LINE = {Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER, Role.ADMINISTRATOR}
COMPARERS = {Role.TEAM_LEAD, Role.SENIOR_MANAGER}
# Roles that reach a case of a team they do not belong to.
WHOLE_SERVICE = {
    Role.CSC_ADVISER,
    Role.SENIOR_MANAGER,
    Role.RESOLUTION_OFFICER,
    Role.AUDITOR,
}
# Who enters the Ombudsman's decisions and keeps the action log.
LOG_KEEPERS = {Role.TEAM_LEAD, Role.SENIOR_MANAGER, Role.RESOLUTION_OFFICER}
ALLOCATORS = {Role.TEAM_LEAD, Role.SENIOR_MANAGER}
WHOLE_ANSWERERS = WHOLE_SERVICE - {Role.AUDITOR, Role.CSC_ADVISER}
# Those who ring families back, and those who keep their diaries.
DIARIES = ANSWERERS - {Role.RESOLUTION_OFFICER}
# Those whom the resolution desk is for.
DESK = {Role.RESOLUTION_OFFICER, Role.SENIOR_MANAGER}

# Name of the address: who gets a page for a case of their own team, who for another team's.
PAGES = {
    "reports:home": (EVERYONE, EVERYONE),
    "reports:worklist": (ANSWERERS, ANSWERERS),
    "reports:formal_matters": (ANSWERERS, ANSWERERS),
    "reports:copies": (READERS, READERS),
    "reports:messages": (COMPARERS, COMPARERS),
    "reports:calls": (COMPARERS, COMPARERS),
    "reports:themes": (LOG_KEEPERS | {Role.AUDITOR},) * 2,
    "escalations:complaints": (ANSWERERS | {Role.AUDITOR},) * 2,
    "escalations:complaint": (ANSWERERS | {Role.AUDITOR}, WHOLE_ANSWERERS | {Role.AUDITOR}),
    "escalations:complaint_acknowledge": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:complaint_answer": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:complaint_more_time": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:complaint_stage_two": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:complaint_hand_over": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:complaint_end": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:complaint_agreement": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:themes": (ADMINISTRATORS, ADMINISTRATORS),
    "escalations:new_theme": (ADMINISTRATORS, ADMINISTRATORS),
    "escalations:reword_theme": (ADMINISTRATORS, ADMINISTRATORS),
    "escalations:remits": (ADMINISTRATORS, ADMINISTRATORS),
    "escalations:new_remit": (ADMINISTRATORS, ADMINISTRATORS),
    "escalations:directory_names": (ADMINISTRATORS, ADMINISTRATORS),
    "escalations:to_code": (ANSWERERS | {Role.AUDITOR},) * 2,
    "escalations:code_matter": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:code_step": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:code_entry": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:new_decision": (LOG_KEEPERS, LOG_KEEPERS),
    "escalations:new_action": (LOG_KEEPERS, LOG_KEEPERS),
    "escalations:action_done": (LOG_KEEPERS, LOG_KEEPERS),
    "escalations:discussed": ({Role.TEAM_LEAD}, {Role.TEAM_LEAD}),
    "reports:system": ({Role.ADMINISTRATOR}, {Role.ADMINISTRATOR}),
    "notices:mine": (EVERYONE, EVERYONE),
    "clocks:settings": (ADMINISTRATORS, ADMINISTRATORS),
    "clocks:standards": (ADMINISTRATORS, ADMINISTRATORS),
    "clocks:standard": (ADMINISTRATORS, ADMINISTRATORS),
    "clocks:new_version": (ADMINISTRATORS, ADMINISTRATORS),
    "clocks:withdraw": (ADMINISTRATORS, ADMINISTRATORS),
    "calendar:hours": (ADMINISTRATORS, ADMINISTRATORS),
    "calendar:change_hours": (ADMINISTRATORS, ADMINISTRATORS),
    "calendar:closures": (ADMINISTRATORS, ADMINISTRATORS),
    "calendar:new_closure": (ADMINISTRATORS, ADMINISTRATORS),
    "calendar:end_closure": (ADMINISTRATORS, ADMINISTRATORS),
    "calendar:bank_holidays": (ADMINISTRATORS, ADMINISTRATORS),
    "calendar:new_holiday": (ADMINISTRATORS, ADMINISTRATORS),
    "calendar:recalculate": (ADMINISTRATORS, ADMINISTRATORS),
    "texts:texts": (ADMINISTRATORS, ADMINISTRATORS),
    "texts:text": (ADMINISTRATORS, ADMINISTRATORS),
    "texts:change_text": (ADMINISTRATORS, ADMINISTRATORS),
    "texts:links": (ADMINISTRATORS, ADMINISTRATORS),
    "texts:change_link": (ADMINISTRATORS, ADMINISTRATORS),
    "urgent:reasons": (ADMINISTRATORS, ADMINISTRATORS),
    "urgent:new_reason": (ADMINISTRATORS, ADMINISTRATORS),
    "urgent:reword": (ADMINISTRATORS, ADMINISTRATORS),
    "cases:search": (READERS, READERS),
    "cases:case": (READERS, WHOLE_SERVICE),
    "cases:contact": (READERS, WHOLE_SERVICE),
    "cases:why": (READERS, WHOLE_SERVICE),
    "cases:log_contact": (LOGGERS, WHOLE_SERVICE - {Role.AUDITOR}),
    "cases:answer": (ANSWERERS, WHOLE_SERVICE - {Role.AUDITOR, Role.CSC_ADVISER}),
    "cases:reply": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:hold": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:pass_on": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:urgency": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:formal": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:end_formal": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:withdraw_formal": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:file": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:join": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:note": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:close": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:split": (ANSWERERS, WHOLE_ANSWERERS),
    # Advisers strike through only what they logged themselves.
    "cases:strike": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:log_sent": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:log_unfiled": (LOGGERS, LOGGERS),
    "cases:tray": (ANSWERERS | {Role.AUDITOR}, ANSWERERS | {Role.AUDITOR}),
    "cases:attachment": (READERS - {Role.CSC_ADVISER}, WHOLE_SERVICE - {Role.CSC_ADVISER}),
    "cases:refer": (LOGGERS, WHOLE_SERVICE - {Role.AUDITOR}),
    "cases:referrals": (LEADERS, LEADERS),
    "cases:referral": (LEADERS, LEADERS),
    "cases:no_plan": (LEADERS, LEADERS),
    "cases:make_plan": (LEADERS, LEADERS),
    "cases:contact_plans": (LEADERS, LEADERS),
    "cases:contact_plan": (LEADERS, LEADERS),
    "cases:change_plan": (LEADERS, LEADERS),
    "cases:end_plan": (LEADERS, LEADERS),
    "cases:advice_line": (ANSWERERS | {Role.AUDITOR}, ANSWERERS | {Role.AUDITOR}),
    "cases:new_advice": (LOGGERS, LOGGERS),
    "cases:voicemail": (LISTENERS | ADMINISTRATORS, LISTENERS | ADMINISTRATORS),
    "cases:greeting": (LISTENERS | ADMINISTRATORS, SEES_EVERY_LINE),
    "cases:voicemail_lines": (ADMINISTRATORS, ADMINISTRATORS),
    "cases:new_voicemail_line": (ADMINISTRATORS, ADMINISTRATORS),
    "cases:change_voicemail_line": (ADMINISTRATORS, ADMINISTRATORS),
    "cases:people": (READERS, WHOLE_SERVICE),
    "cases:new_person": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:change_person": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:end_person": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:change_case": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:involvements": (READERS - {Role.CSC_ADVISER}, WHOLE_SERVICE - {Role.CSC_ADVISER}),
    "cases:end_involvement": (ANSWERERS - {Role.RESOLUTION_OFFICER}, {Role.SENIOR_MANAGER}),
    "cases:lead": (READERS - {Role.CSC_ADVISER}, WHOLE_SERVICE - {Role.CSC_ADVISER}),
    "cases:allocate": (ALLOCATORS, {Role.SENIOR_MANAGER}),
    "cases:name_lead": (ALLOCATORS, {Role.SENIOR_MANAGER}),
    "cases:end_lead": (ALLOCATORS, {Role.SENIOR_MANAGER}),
    "cases:without_owner": (ALLOCATORS | {Role.BUSINESS_SUPPORT},) * 2,
    "cases:silent": (ALLOCATORS | {Role.BUSINESS_SUPPORT},) * 2,
    "diaries:duty": (LOGGERS, LOGGERS),
    "diaries:duty_day": (ALLOCATORS | {Role.BUSINESS_SUPPORT}, LEADERS),
    "diaries:protected": (LOGGERS, LOGGERS),
    "diaries:protect": (ALLOCATORS, LEADERS),
    "people": (EVERYONE, EVERYONE),
    "person": (EVERYONE, EVERYONE),
    "my_details": (EVERYONE, EVERYONE),
    "numbers": (ALLOCATORS | ADMINISTRATORS | {Role.BUSINESS_SUPPORT},) * 2,
    # Somebody of a third team: of their own team, a lead reaches them too.
    "change_details": (LEADERS | ADMINISTRATORS,) * 2,
    "cases:merge": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:separate": (ANSWERERS, WHOLE_ANSWERERS),
    "cases:restrict": ({Role.TEAM_LEAD, Role.SENIOR_MANAGER}, {Role.SENIOR_MANAGER}),
    "feed:mine": (LOGGERS, LOGGERS),
    "callbacks:desk": (LOGGERS, WHOLE_SERVICE - {Role.AUDITOR}),
    "callbacks:unknown": (LOGGERS, LOGGERS),
    "callbacks:signposts": (ADMINISTRATORS, ADMINISTRATORS),
    "callbacks:new_signpost": (ADMINISTRATORS, ADMINISTRATORS),
    "callbacks:change_signpost": (ADMINISTRATORS, ADMINISTRATORS),
    "callbacks:day": (DIARIES, DIARIES),
    "callbacks:week": (DIARIES, DIARIES),
    "callbacks:hours": (DIARIES, DIARIES),
    "callbacks:new_hours": (DIARIES, DIARIES),
    "callbacks:new_block": (DIARIES, DIARIES),
    "callbacks:stop_hours": (ALLOCATORS | {Role.BUSINESS_SUPPORT}, {Role.SENIOR_MANAGER}),
    "callbacks:call": (ANSWERERS, WHOLE_ANSWERERS),
    "callbacks:call_reached": (ANSWERERS, WHOLE_ANSWERERS),
    "callbacks:call_no_answer": (ANSWERERS, WHOLE_ANSWERERS),
    "callbacks:call_move": (ANSWERERS, WHOLE_ANSWERERS),
    "callbacks:call_off": (ANSWERERS, WHOLE_ANSWERERS),
    "callbacks:call_written": (ANSWERERS, WHOLE_ANSWERERS),
    "callbacks:book": (ANSWERERS, WHOLE_ANSWERERS),
    "callbacks:policy": (ADMINISTRATORS, ADMINISTRATORS),
    "account_change_password": (EVERYONE, EVERYONE),
    "absences": (PLANNERS, PLANNERS),
    "enter_absence": (PLANNERS, PLANNERS),
    # Somebody of a third team: of their own team, a lead reaches them too.
    "absence_calls": (LEADERS, LEADERS),
    "callbacks:stranded": (ALLOCATORS, ALLOCATORS),
    "callbacks:stranded_of": (LEADERS, LEADERS),
    "escalations:concerns": (ANSWERERS, ANSWERERS),
    "escalations:escalation": (READERS, WHOLE_SERVICE),
    "escalations:answer_step": (LEADERS, LEADERS),
    "escalations:step_date": (LEADERS, LEADERS),
    "escalations:pass_back": (LEADERS, LEADERS),
    "escalations:give_step": (LEADERS, LEADERS),
    "escalations:concern_note": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:close_concern": (DESK, DESK),
    "escalations:further": (LOGGERS, WHOLE_SERVICE - {Role.AUDITOR}),
    "escalations:resolution_desk": (DESK, DESK),
    "escalations:desk_entry": (ANSWERERS | {Role.AUDITOR}, WHOLE_SERVICE - {Role.CSC_ADVISER}),
    "escalations:desk_check": (DESK, DESK),
    "escalations:desk_keep": (DESK, DESK),
    "escalations:desk_give": (DESK, DESK),
    "escalations:desk_respond": (DESK, DESK),
    "escalations:desk_settle": (DESK, DESK),
    "escalations:pass_to_resolution": (ANSWERERS, WHOLE_ANSWERERS),
    "escalations:passed": (ANSWERERS, WHOLE_ANSWERERS),
}
# Addresses with tests of their own: open to all, posted to, or only for one's own things.
ELSEWHERE = {
    "healthz",
    "number_right",
    "escalations:open_complaint",
    "escalations:use_theme",
    "escalations:move_theme",
    "readyz",
    "metrics",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "end_absence",
    "callbacks:attempt",
    "callbacks:rang_off",
    "callbacks:finished",
    "callbacks:use_signpost",
    "callbacks:move_signpost",
    "callbacks:mine",
    "escalations:desk_send",
    "escalations:find",
    "escalations:find_area",
    "escalations:find_at_school",
    "escalations:find_in_area",
    "escalations:remove_remit",
    "escalations:form_start",
    "escalations:form_question",
    "escalations:form_check",
    "escalations:form_sent",
    "escalations:form_calendar",
    "escalations:form_delete",
    "escalations:follow",
    "escalations:follow_say",
    "escalations:not_settled",
    "escalations:same_matter",
    "escalations:follow_new_link",
    "escalations:form_again",
    "callbacks:withdraw_block",
    "callbacks:another_time",
    "callbacks:not_needed",
    "callbacks:call_file",
    "feed:read",
    "feed:stop",
    "cases:lift_restriction",
    "diaries:copy_week",
    "diaries:end_protected",
    "diaries:off_duty",
    "cases:lead_told",
    "cases:listened",
    "cases:referred",
    "cases:use_voicemail_line",
    "notices:read_all",
    "notices:open",
    "notices:retry",
    "notices:demonstration_mail",
    "urgent:use",
    "urgent:move",
    "api:schema",
    "api:contact",
    "api:nothing_here",
}
ABOUT_A_CONTACT = {
    "contact",
    "why",
    "refer",
    "answer",
    "reply",
    "hold",
    "pass_on",
    "urgency",
    "formal",
    "file",
    "join",
    "note",
    "close",
    "strike",
}
ABOUT_A_CONCERN = {
    "escalations:escalation",
    "escalations:answer_step",
    "escalations:step_date",
    "escalations:pass_back",
    "escalations:give_step",
    "escalations:concern_note",
    "escalations:close_concern",
}
ON_THE_DESK = {
    "further",
    "pass_to_resolution",
    "passed",
    "desk_entry",
    "desk_check",
    "desk_keep",
    "desk_give",
    "desk_respond",
    "desk_settle",
}
ABOUT_42 = {"complaint", "reword_theme", "action_done"}
OPEN_TO_ALL = [
    "healthz",
    "account_login",
    "account_inactive",
    "escalations:form_start",
    "escalations:find",
    "escalations:find_area",
]


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def contact(policy, cora):
    Standard.objects.create(code="contact.email", name="E-mail", amount=3, effective_from=TO_COME)
    # Beyond the ids that the shipped reasons take.
    UrgentReason.objects.create(pk=900_042, code="taxi", words="The taxi did not come")
    Closure.objects.create(pk=42, name="Training", first_day=TO_COME, last_day=TO_COME)
    Signpost.objects.create(pk=42, name="A service", for_what="Help", phone="01632 960400")
    VoicemailLine.objects.create(pk=42, name="Duty line", number="01632 960100", team=cora.team)
    contact = ContactFactory(
        reference="CON-000042",
        case__reference="EHC-000042",
        case__owner=cora,
        sender_email="ngozi@example.org",
    )
    Attachment.objects.create(
        pk=42,
        contact=contact,
        filename="a.pdf",
        content_type="application/pdf",
        size=1,
        content=b"1",
    )
    FormalMatter.objects.create(
        pk=42,
        contact=contact,
        category=Contact.Category.COMPLAINT,
        clock=ClockFactory(owner=cora, due_at=NOW),
        recognised_at=NOW,
    )
    ContactFactory(
        reference="CON-000043", case=contact.case, original=contact, link="chaser", clock=None
    )
    Absence.objects.create(
        pk=42, person=UserFactory(pk=424242), first_day=TO_COME, last_day=TO_COME
    )
    RelatedPersonFactory(pk=42, person=contact.case.person)
    CaseFactory(reference="EHC-000043", owner=cora, merged_into=contact.case)
    Involvement.objects.create(
        pk=42,
        case=contact.case,
        worker=User.objects.get(pk=424242),
        role="placement",
        team=cora.team,
        started_on=NOW.date(),
    )
    LeadProfessional.objects.create(
        pk=42, case=contact.case, user=cora, reason="r", named_at=NOW, named_by=cora
    )
    _refer(contact, cora)
    _book(contact, cora)
    _take_further(contact)
    _complain(contact, cora)
    return contact


def _complain(contact, by) -> None:
    """A complaint to be acknowledged, a theme, an action, and a concern that got to step 3."""
    matter = FormalMatter.objects.get(pk=42)
    complaint = Complaint.objects.create(pk=42, matter=matter, clock=matter.clock, opened_at=NOW)
    ComplaintStage.objects.create(
        complaint=complaint, number=1, asked_at=NOW, acknowledgement=matter.clock
    )
    Theme.objects.create(pk=42, words="Transport")
    ThemeAction.objects.create(
        pk=42, month=TODAY, words="Ask", owner=by, due_on=TO_COME, made_by=by, made_at=NOW
    )
    settled = {"closed_at": NOW, "outcome": "Settled.", "closed_by": by}
    concern = Escalation.objects.create(
        reference="ESC-000043", case=contact.case, matter=contact, opened_at=NOW, **settled
    )
    EscalationStep.objects.create(
        pk=900_042,
        escalation=concern,
        number=3,
        ground="outside",
        contact=contact,
        taken_at=NOW,
        clock=ClockFactory.create(due_at=NOW, state="cancelled", stopped_at=NOW),
    )


def _take_further(contact) -> None:
    """A concern on step 2, which was passed to the resolution team as well."""
    concern = Escalation.objects.create(
        reference="ESC-000042", case=contact.case, matter=contact, opened_at=NOW
    )
    due = {"team": contact.case.team, "due_at": NOW + timedelta(days=1)}
    EscalationStep.objects.create(
        escalation=concern,
        number=2,
        ground="no_answer",
        contact=contact,
        taken_at=NOW,
        clock=ClockFactory.create(**due),
    )
    DeskEntry.objects.create(
        pk=42,
        contact=contact,
        passed_at=NOW,
        in_name_of="Dana Price",
        clock=ClockFactory.create(**due),
    )


def _book(contact, owner) -> None:
    """Hours kept for callbacks, and a call that was missed."""
    Pattern.objects.create(
        pk=42, person=owner, weekday=1, starts=time(14), ends=time(16), first_day=TODAY
    )
    ends_at = NOW - timedelta(days=1)
    starts_at = ends_at - timedelta(minutes=30)
    slot = Slot.objects.create(
        owner=owner, period=DateTimeTZRange(starts_at, ends_at), made_at=starts_at
    )
    Booking.objects.create(
        pk=42,
        slot=slot,
        owner=owner,
        starts_at=starts_at,
        ends_at=ends_at,
        contact=contact,
        caller_name="Ngozi Okafor",
        caller_phone="07700 900123",
        booked_at=starts_at,
        promised_by=NOW,
        state="missed",
        missed_at=ends_at,
        submission=uuid4(),
    )


def _refer(contact, by) -> None:
    """A referral that waits for a decision, and a contact plan in force."""
    ConductReferral.objects.create(
        pk=42, contact=contact, kind="call", words="Shouted.", raised_at=NOW, raised_by=by
    )
    ContactPlan.objects.create(
        pk=42,
        case=contact.case,
        starts_on=NOW.date(),
        review_on=TO_COME,
        ends_on=TO_COME,
        decided_at=NOW,
        decided_by=by,
    )


def make_ready(name: str) -> None:
    """What a page asks for before it opens."""
    if name == "escalations:desk_settle":
        DeskEntry.objects.update(responded_at=NOW, responded_how="telephone", response="We rang.")


def address(name: str) -> str:
    part = name.partition(":")[2]
    if name in ABOUT_A_CONCERN:
        return reverse(name, args=["ESC-000042"])
    if part in ON_THE_DESK:
        return reverse(name, args=["CON-000042"])
    if part in {"duty_day", "protect"}:
        day = [TO_COME] if part == "duty_day" else []
        return reverse(name, args=[Team.objects.get(name="North team").pk, *day])
    if part == "separate":
        return reverse(name, args=["EHC-000043"])
    if part == "code_step":
        return reverse(name, args=[900_042])
    if part.startswith(("complaint_", "code_")) or part in ABOUT_42:
        return reverse(name, args=[42])
    if part in {"change_person", "end_person"}:
        return reverse(name, args=["EHC-000042", 42])
    if part in {
        "case",
        "desk",
        "log_contact",
        "log_sent",
        "people",
        "new_person",
        "change_case",
        "merge",
        "restrict",
        "involvements",
        "lead",
        "allocate",
        "name_lead",
    }:
        return reverse(name, args=["EHC-000042"])
    if name.startswith("callbacks:call") or name == "callbacks:stop_hours":
        return reverse(name, args=[42])
    if part in {"end_involvement", "end_lead"}:
        return reverse(name, args=["EHC-000042", 42])
    if name == "absence_calls":
        return reverse(name, args=[42])
    if name in {"person", "change_details", "callbacks:stranded_of"}:
        return reverse(name, args=[424242])
    if part == "split":
        return reverse(name, args=["CON-000043"])
    if part in {"attachment", "end_formal", "withdraw_formal"}:
        return reverse(name, args=["CON-000042", 42])
    if part in ABOUT_A_CONTACT or name == "callbacks:book":
        return reverse(name, args=["CON-000042"])
    if part in {"standard", "new_version"}:
        return reverse(name, args=["contact.email"])
    if part in {"text", "change_text"}:
        return reverse(name, args=["contact.chased"])
    if part == "change_link":
        return reverse(name, args=["grid"])
    if part in {"referral", "no_plan", "make_plan", "contact_plan", "change_plan", "end_plan"}:
        return reverse(name, args=[42])
    if part == "reword":
        return reverse(name, args=[900_042])
    if part in {"change_signpost", "end_closure", "change_voicemail_line", "greeting"}:
        return reverse(name, args=[42])
    if part == "withdraw":
        return reverse(name, args=["contact.email", TO_COME])
    return reverse(name)


def names(patterns, space="") -> set[str]:
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found |= names(pattern.url_patterns, inner)
        if isinstance(pattern, URLPattern):
            found.add(f"{space}{pattern.name}")
    return found


def test_no_address_is_forgotten():
    assert names(get_resolver().url_patterns) == set(PAGES) | ELSEWHERE


@pytest.mark.rule("H22")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_about_ones_own_team_answers_only_its_roles(contact, as_person, name, north):
    make_ready(name)
    reached = set()
    for role in Role:
        client = as_person(UserFactory(role=role, team=north))
        status = client.get(address(name)).status_code
        assert status in {200, 404}
        reached |= {role} if status == 200 else set()

    assert reached == PAGES[name][0]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_about_another_team_does_not_exist_for_outsiders(contact, as_person, name):
    make_ready(name)
    elsewhere = TeamFactory()
    reached = set()
    for role in Role:
        client = as_person(UserFactory(role=role, team=elsewhere))
        reached |= {role} if client.get(address(name)).status_code == 200 else set()

    assert reached == PAGES[name][1]


@pytest.mark.parametrize("name", [*PAGES, "notices:demonstration_mail"])
def test_nobody_reaches_a_page_without_signing_in(contact, client, name):
    response = client.get(address(name))

    assert (response.status_code, response.url.partition("?")[0]) == (302, "/account/sign-in/")


@pytest.mark.parametrize("name", OPEN_TO_ALL)
def test_these_pages_need_no_sign_in(db, client, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "cases:log_contact",
        "cases:log_sent",
        *(f"cases:{part}" for part in sorted(ABOUT_A_CONTACT - {"contact", "why"})),
        "cases:split",
    ],
)
def test_an_outsider_cannot_post_either(contact, as_person, oscar, name):
    assert as_person(oscar).post(address(name), {"note": "x"}).status_code == 404


def test_somebody_elses_notice_does_not_exist(contact, as_person, cora, oscar):
    notice = Notice.objects.create(
        key="k", kind="breach", recipient=cora, subject="s", body="b", created_at=NOW
    )

    assert as_person(oscar).get(reverse("notices:open", args=[notice.pk])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_only_administrators_retry_mail(contact, as_person, cora):
    notice = Notice.objects.create(
        key="k", kind="breach", address="a@example.org", subject="s", body="b", created_at=NOW
    )

    assert as_person(cora).post(reverse("notices:retry", args=[notice.pk])).status_code == 404


def test_the_demonstrations_mail_is_not_there_outside_the_demonstration(as_person, cora):
    assert as_person(cora).get("/notices/mail/").status_code == 404


@pytest.mark.parametrize("path", ["/notices/read-all/", "/notices/1/retry/", "/account/sign-out/"])
def test_what_changes_something_is_not_done_by_a_link(as_person, cora, path):
    assert as_person(cora).get(path).status_code in {405, 200}
    assert as_person(cora).get("/").status_code == 200  # still signed in


def test_the_back_office_is_for_its_staff_through_the_same_sign_in(as_person, cora, client):
    assert client.get("/back-office/").status_code == 302
    assert "/account/sign-in/" in client.get("/back-office/login/").url
    refused = as_person(cora).get("/back-office/", follow=True)
    assert b"Site administration" not in refused.content


def test_the_back_office_opens_for_an_administrator(as_person, db):
    admin = UserFactory(role=Role.ADMINISTRATOR, is_superuser=True)
    client = as_person(admin)

    for page in ["", "accounts/user/", "accounts/user/add/", "clocks/standard/", "cases/"]:
        assert client.get(f"/back-office/{page}").status_code == 200
    assert b"Contact" not in client.get("/back-office/cases/").content


@pytest.mark.parametrize(
    "path",
    [
        "/cases/EHC-%00/",
        "/cases/EHC-999999/",
        "/contacts/'; drop table--/",
        "/cases/?search=%00",
        "/cases/?search=" + "x" * 300,
        "/?after=9999-12-31T23:59:59.999999-23:59~1",
        "/?after=rubbish",
        "/?after=2026-01-01T00:00:00~1",
        "/notices/?after=2026-01-01T00:00:00%2B00:00~99999999999999999999",
    ],
)
def test_a_broken_address_is_no_crash(policy, as_person, cora, path):
    assert as_person(cora).get(path).status_code in {200, 404}

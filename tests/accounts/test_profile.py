"""Contact numbers that their owners vouch for, and the part of a week people work."""

import re
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connections

from accounts import profile_actions as actions
from accounts.errors import RuleBroken
from accounts.models import Role, User
from accounts.profile import days_in_words, number_waits, read_number, waiting_for
from accounts.profile_actions import Details
from tests.factories import CaseFactory, TeamFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
WEEK = [0, 1, 2, 3, 4]


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def details(**changes) -> Details:
    return replace(Details(phone="01632 960200", fte=Decimal(1), working_days=WEEK), **changes)


def change(person, by, shown=None, **changes) -> User:
    return actions.change_details(
        person=person, details=details(**changes), shown=shown or details(), by=by, now=NOW
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 01632  960 001 ", "01632 960 001"),
        ("07700900982", "07700900982"),
        ("+44 1632 960001", "+44 1632 960001"),
        ("+44 (0)1632 960001", "+44 (0)1632 960001"),
        ("0044 7700 900982", "0044 7700 900982"),
        ("(01632) 960-001 ext 214", "(01632) 960-001 ext 214"),
        ("", ""),
    ],
)
def test_a_number_is_kept_as_typed_with_single_spaces(typed, kept):
    assert read_number(typed) == kept


@pytest.mark.parametrize("typed", ["960001", "ring me", "09098 790001", "+1 212 555 0100"])
def test_what_is_no_number_of_this_country_is_refused(typed):
    with pytest.raises(RuleBroken) as broken:
        read_number(typed)

    assert (broken.value.code, broken.value.field) == ("number_wrong", "phone")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([0, 1, 2, 3, 4], "Monday to Friday"),
        ([4, 0, 2], "Monday, Wednesday and Friday"),
        ([0, 1], "Monday and Tuesday"),
        ([6], "Sunday"),
    ],
)
def test_working_days_in_words(days, words):
    assert days_in_words(days) == words


@pytest.mark.rule("H34")
def test_who_gives_a_number_vouches_for_it_and_what_was_is_kept(cora):
    actions.give_number(number="07700  900982", by=cora, now=NOW)

    kept = User.objects.get(pk=cora.pk)
    assert (kept.phone, kept.phone_confirmed_on) == ("07700 900982", TODAY)
    assert [event.phone for event in kept.events.all()] == ["01632 960200"]


@pytest.mark.rule("H34")
def test_who_holds_cases_cannot_be_without_a_number(cora, asif):
    with pytest.raises(RuleBroken) as broken:
        actions.give_number(number=" ", by=cora, now=NOW)
    actions.give_number(number="", by=asif, now=NOW)

    assert broken.value.code == "number_missing"
    assert User.objects.get(pk=cora.pk).phone == "01632 960200"
    assert User.objects.get(pk=asif.pk).phone_confirmed_on is None


@pytest.mark.rule("H34")
def test_a_click_confirms_the_number_that_was_shown_and_no_other(cora):
    actions.confirm_number(shown="01632 960200", by=cora, now=NOW)
    assert User.objects.get(pk=cora.pk).phone_confirmed_on == TODAY

    User.objects.update(phone="01632 960999", phone_confirmed_on=None)
    with pytest.raises(RuleBroken) as broken:
        actions.confirm_number(shown="01632 960200", by=cora, now=NOW)

    assert broken.value.code == "changed_meanwhile"
    assert User.objects.get(pk=cora.pk).phone_confirmed_on is None


def test_a_day_begins_at_midnight_in_london(cora):
    """Half past eleven in the evening of universal time is the next day in summer."""
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)

    actions.confirm_number(shown="01632 960200", by=cora, now=late)

    assert User.objects.get(pk=cora.pk).phone_confirmed_on == date(2026, 7, 2)


@pytest.mark.rule("H34")
@pytest.mark.parametrize(
    ("confirmed", "today", "waits"),
    [
        (None, TODAY, True),
        (date(2026, 5, 4), TODAY, False),
        (date(2026, 5, 3), TODAY, True),
        # Six months before the last of August: February is shorter.
        (date(2026, 2, 28), date(2026, 8, 31), False),
        (date(2026, 2, 27), date(2026, 8, 31), True),
    ],
)
def test_a_confirmation_holds_for_six_months(lena, cora, confirmed, today, waits):
    User.objects.exclude(pk=cora.pk).update(phone_confirmed_on=today)
    User.objects.filter(pk=cora.pk).update(phone_confirmed_on=confirmed)
    cora.refresh_from_db()

    assert number_waits(cora, today) is waits
    assert list(waiting_for(lena, today)) == ([cora] if waits else [])


@pytest.mark.rule("H34")
def test_only_who_holds_cases_and_works_here_is_listed(north, lena, cora):
    missing = UserFactory(team=north, phone="", phone_confirmed_on=TODAY)
    UserFactory(team=north, is_active=False)
    UserFactory(team=north, role=Role.BUSINESS_SUPPORT)
    User.objects.filter(pk=lena.pk).update(phone_confirmed_on=TODAY)

    assert set(waiting_for(lena, TODAY)) == {cora, missing}


@pytest.mark.rule("H34")
def test_leads_see_their_team_and_managers_everybody(north, lena, cora, oscar):
    support = UserFactory(role=Role.BUSINESS_SUPPORT, team=north)
    manager = UserFactory(role=Role.SENIOR_MANAGER, team=None)
    admin = UserFactory(role=Role.ADMINISTRATOR, team=None)

    assert set(waiting_for(lena, TODAY)) == set(waiting_for(support, TODAY)) == {lena, cora}
    assert set(waiting_for(manager, TODAY)) == set(waiting_for(admin, TODAY))
    assert set(waiting_for(admin, TODAY)) == {lena, cora, oscar, manager}
    assert not waiting_for(cora, TODAY).exists()


@pytest.mark.rule("H35")
def test_a_lead_changes_number_and_week_of_the_own_team(lena, cora):
    User.objects.filter(pk=cora.pk).update(phone_confirmed_on=TODAY)

    change(cora, lena, phone="01632 960555", fte=Decimal("0.6"), working_days=[2, 0, 1])

    kept = User.objects.get(pk=cora.pk)
    assert (kept.phone, kept.fte, kept.working_days) == (
        "01632 960555",
        Decimal("0.60"),
        [0, 1, 2],
    )
    assert kept.phone_confirmed_on is None


def test_another_number_that_was_not_touched_stays_confirmed(lena, cora):
    User.objects.filter(pk=cora.pk).update(phone_confirmed_on=TODAY)

    change(cora, lena, fte=Decimal("0.5"))

    assert User.objects.get(pk=cora.pk).phone_confirmed_on == TODAY


def test_a_number_given_meanwhile_is_not_undone(lena, cora):
    """Lena opened the page, Cora gave a new number, Lena saved the week."""
    actions.give_number(number="07700 900982", by=cora, now=NOW)

    change(cora, lena, fte=Decimal("0.5"))

    kept = User.objects.get(pk=cora.pk)
    assert (kept.phone, kept.fte, kept.phone_confirmed_on) == (
        "07700 900982",
        Decimal("0.50"),
        TODAY,
    )


def test_a_week_can_be_changed_of_who_has_no_number_yet(lena, cora):
    User.objects.filter(pk=cora.pk).update(phone="")

    change(cora, lena, shown=details(phone=""), phone="", fte=Decimal("0.5"))

    assert User.objects.get(pk=cora.pk).fte == Decimal("0.50")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fte": Decimal(0)}, "fte_wrong"),
        ({"fte": Decimal("1.1")}, "fte_wrong"),
        ({"fte": Decimal("0.333")}, "fte_wrong"),
        ({"working_days": []}, "days_wrong"),
        ({"working_days": [7]}, "days_wrong"),
        ({"phone": ""}, "number_missing"),
        ({"phone": "12"}, "number_wrong"),
    ],
)
def test_details_that_cannot_be_are_refused(lena, cora, changes, code):
    with pytest.raises(RuleBroken) as broken:
        change(cora, lena, **changes)

    assert broken.value.code == code


def test_nobody_else_changes_a_week(lena, cora, oscar, asif):
    for person, by in ((cora, cora), (cora, oscar), (oscar, lena), (cora, asif)):
        with pytest.raises(RuleBroken) as broken:
            change(person, by, fte=Decimal("0.5"))
        assert broken.value.code == "may_not_keep"


@pytest.mark.django_db(transaction=True)
def test_two_people_change_different_things_at_once_and_both_stay(lena, cora):
    together = threading.Barrier(2)

    def meanwhile(act) -> None:
        together.wait()
        act()
        connections.close_all()

    threads = [
        threading.Thread(target=meanwhile, args=[act])
        for act in (
            lambda: actions.give_number(number="07700 900982", by=cora, now=NOW),
            lambda: change(cora, lena, fte=Decimal("0.5")),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    kept = User.objects.get(pk=cora.pk)
    assert (kept.phone, kept.fte) == ("07700 900982", Decimal("0.50"))


# --- Pages --------------------------------------------------------------------------------------


@pytest.mark.rule("H34")
def test_a_person_confirms_their_number_with_one_click(as_person, cora):
    client = as_person(cora)
    page = client.get("/people/me/")
    assert "01632 960200 , not confirmed by you yet" in text(page)
    assert 'href="/people/me/"' in page.content.decode()

    after = text(client.post("/people/me/number-right/", {"number": "01632 960200"}, follow=True))

    assert "We ask again in six months." in after
    assert "confirmed on Wednesday 4 November 2026" in after


def test_a_wrong_number_is_said_and_not_lost(as_person, cora):
    response = as_person(cora).post("/people/me/", {"phone": "01632 96"})

    assert "There is a problem" in text(response)
    assert 'value="01632 96"' in response.content.decode()
    assert "Enter a telephone number, like 01632 960100" in text(response)


def test_a_number_is_given_on_the_page(as_person, cora):
    page = as_person(cora).post("/people/me/", {"phone": "07700 900982"}, follow=True)

    assert "Your number is saved." in text(page)
    assert "07700 900982 , confirmed on Wednesday 4 November 2026" in text(page)


def shown_on(client, person) -> dict[str, object]:
    """What the page's form holds, as a browser would send it back."""
    form = client.get(f"/people/{person.pk}/change/").context["form"]
    return {name: form[name].value() for name in form.fields}


def test_a_lead_changes_details_on_the_page(as_person, lena, cora):
    client = as_person(lena)
    assert f'href="/people/{cora.pk}/change/"' in client.get(f"/people/{cora.pk}/").content.decode()

    given = shown_on(client, cora) | {"fte": "0.6", "working_days": ["0", "1", "2"]}
    page = client.post(f"/people/{cora.pk}/change/", given, follow=True)

    assert "The details of Cora Hill are saved." in text(page)
    assert "Monday to Wednesday" in text(page)
    kept = User.objects.get(pk=cora.pk)
    assert (kept.phone, kept.fte) == ("01632 960200", Decimal("0.60"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fte": "2"}, "The part of a full week must be between 0.01 and 1, like 0.6"),
        ({"fte": "half"}, "The part of a full week must be between 0.01 and 1, like 0.6"),
        ({"fte": ""}, "Enter the part of a full week, like 1 or 0.6"),
        ({"working_days": []}, "Select at least one day"),
        ({"phone": ""}, "Enter a contact number"),
    ],
)
def test_details_filled_in_wrongly_say_what_is_wrong(as_person, lena, cora, changes, message):
    client = as_person(lena)

    response = client.post(f"/people/{cora.pk}/change/", shown_on(client, cora) | changes)

    assert "There is a problem" in text(response)
    assert message in text(response)


def test_the_page_of_another_teams_person_or_a_leaver_does_not_exist(as_person, lena, cora, oscar):
    User.objects.filter(pk=cora.pk).update(is_active=False)

    for person in (oscar, cora):
        assert as_person(lena).get(f"/people/{person.pk}/change/").status_code == 404
        assert as_person(lena).post(f"/people/{person.pk}/change/", {}).status_code == 404


@pytest.mark.rule("H34")
def test_the_list_names_whose_numbers_wait(as_person, north, lena, cora, oscar):
    UserFactory(full_name="Nia Lane", team=north, phone="")
    User.objects.filter(pk=cora.pk).update(phone_confirmed_on=date(2026, 1, 5))
    client = as_person(lena)
    assert 'href="/people/numbers/"' in client.get("/people/").content.decode()

    page = text(client.get("/people/numbers/"))

    assert "01632 960200, last confirmed on Monday 5 January 2026." in page
    assert "Nia Lane No number" in page
    assert "Oscar Pine" not in page


@pytest.mark.parametrize("number", [1, 3])
def test_queries_of_the_list_do_not_grow(db, as_person, django_assert_num_queries, number):
    manager = UserFactory(role=Role.SENIOR_MANAGER, team=None)
    for _ in range(number):
        UserFactory(team=TeamFactory())
    client = as_person(manager)
    client.get("/people/numbers/")

    with django_assert_num_queries(5):
        client.get("/people/numbers/")


@pytest.mark.rule("H34")
def test_advisers_are_told_that_there_is_no_number(policy, as_person, asif, cora):
    case = CaseFactory(owner=cora)
    User.objects.filter(pk=cora.pk).update(phone="")
    client = as_person(asif)

    found = text(client.post("/cases/", {"q": "okafor"}, follow=True))
    case_page = text(client.get(f"/cases/{case.reference}/"))

    assert "Case owner: Cora Hill. No contact number is recorded." in found
    assert "No contact number is recorded" in case_page

"""The directory of other services: shipped, and kept by administrators."""

import html
import re
import threading

import pytest
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from callbacks.models import DeskCall, Signpost
from callbacks.signpost_actions import (
    DEFAULT_SIGNPOSTS,
    add_signpost,
    change_signpost,
    current,
    load_signposts,
    move_signpost,
    use_signpost,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/settings/signposts/"
YOUTH = {
    "name": "Youth service",
    "for_what": "Clubs for young people",
    "phone": "01632 960405",
    "url": "https://youth.example.org/",
}


@pytest.fixture
def admin(db):
    load_signposts()
    return UserFactory(role=Role.ADMINISTRATOR, team=None)


@pytest.fixture
def client(admin, as_person):
    return as_person(admin)


def names():
    return list(Signpost.objects.values_list("name", flat=True))


def named(name):
    return Signpost.objects.get(name=name)


def refused(code, do, **given):
    with pytest.raises(RuleBroken) as broken:
        do(**given)
    assert broken.value.code == code
    return broken.value


@pytest.mark.rule("H25")
def test_the_services_are_shipped_with_numbers_that_ring_nowhere(admin):
    assert names() == [
        "SENDIASS",
        "Educational psychology service",
        "School transport",
        "Local Offer",
    ]
    for one in Signpost.objects.all():
        assert re.fullmatch(r"01632 960\d{3}", one.phone)
        assert re.fullmatch(r"https://[a-z-]+\.example\.org/", one.url)


def test_loading_again_leaves_the_offices_own_list_alone(admin):
    change_signpost(
        signpost=named("SENDIASS"),
        values=current(named("SENDIASS")) | {"name": "Family advice"},
        shown=current(named("SENDIASS")),
        by=admin,
    )

    assert load_signposts() == 0
    assert names()[0] == "Family advice"
    assert len(names()) == len(DEFAULT_SIGNPOSTS)


def test_a_service_is_added_at_the_end_and_once(admin):
    first = add_signpost(values=YOUTH, by=admin)

    assert add_signpost(values=YOUTH, by=admin) == first
    assert names()[-1] == "Youth service"
    refused("name_taken", add_signpost, values=YOUTH | {"phone": "01632 960406"}, by=admin)


def test_two_people_change_different_fields_and_both_stay(admin):
    row = named("SENDIASS")
    shown = current(row)
    change_signpost(signpost=row, values=shown | {"phone": "01632 960499"}, shown=shown, by=admin)
    change_signpost(signpost=row, values=shown | {"for_what": "Advice"}, shown=shown, by=admin)

    row.refresh_from_db()
    assert (row.phone, row.for_what) == ("01632 960499", "Advice")


def test_the_second_of_two_changes_of_one_field_is_told_of_the_first(admin):
    row = named("SENDIASS")
    shown = current(row)
    change_signpost(signpost=row, values=shown | {"phone": "01632 960499"}, shown=shown, by=admin)
    broken = refused(
        "changed_meanwhile",
        change_signpost,
        signpost=row,
        values=shown | {"phone": "01632 960498"},
        shown=shown,
        by=admin,
    )

    assert "it is now “01632 960499”" in broken.message


def test_another_services_name_is_refused(admin):
    row = named("SENDIASS")
    shown = current(row)

    refused(
        "name_taken",
        change_signpost,
        signpost=row,
        values=shown | {"name": "local offer"},
        shown=shown,
        by=admin,
    )


def test_services_are_moved_and_taken_out_of_use(admin):
    move_signpost(signpost=named("Local Offer"), place=0, by=admin)
    assert names()[0] == "Local Offer"

    assert use_signpost(signpost=named("Local Offer"), active=False, by=admin)
    assert not use_signpost(signpost=named("Local Offer"), active=False, by=admin)


@pytest.mark.parametrize(
    "do",
    [
        lambda row, by: add_signpost(values=YOUTH, by=by),
        lambda row, by: change_signpost(signpost=row, values=YOUTH, shown=current(row), by=by),
        lambda row, by: use_signpost(signpost=row, active=False, by=by),
        lambda row, by: move_signpost(signpost=row, place=0, by=by),
    ],
)
def test_only_administrators_change_the_list(admin, do):
    manager = UserFactory(role=Role.SENIOR_MANAGER)

    assert refused("may_not_change", do, row=named("SENDIASS"), by=manager)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_adding_at_once_add_one(admin):
    barrier, made = threading.Barrier(4), []

    def add():
        barrier.wait()
        try:
            made.append(add_signpost(values=YOUTH, by=admin).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 1
    assert names().count("Youth service") == 1


# --- The pages --------------------------------------------------------------------------------


def shown_of(client, url):
    """The hidden field that a browser would send back."""
    page = client.get(url).content.decode()
    return html.unescape(re.search(r'name="shown" value="([^"]*)"', page).group(1))


def test_the_pages_add_change_move_and_take_out_of_use(client):
    added = client.post(f"{LIST}new/", YOUTH | {"shown": shown_of(client, f"{LIST}new/")})
    assert added.url == LIST
    row = named("Youth service")
    url = f"{LIST}{row.pk}/"
    changed = {**YOUTH, "name": "Youth clubs", "shown": shown_of(client, url)}
    assert client.post(url, changed).url == LIST
    client.post(f"{url}move/", {"place": "0"})
    client.post(f"{url}use/", {"active": "no"})

    row.refresh_from_db()
    assert (row.name, row.position, row.active) == ("Youth clubs", 1, False)
    page = client.get(LIST).content.decode()
    assert page.index("Youth clubs") < page.index("SENDIASS")
    assert "Out of use" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Enter the name of the service"),
        ({"for_what": ""}, "Enter what it is for"),
        ({"url": "not an address"}, "Enter a web address in the correct format"),
        ({"phone": "", "url": ""}, "Enter a telephone number or a web address"),
        ({"name": "SENDIASS"}, "SENDIASS is on the list already"),
    ],
)
def test_bad_input_is_named_and_nothing_typed_is_lost(client, changes, words):
    posted = YOUTH | {"shown": shown_of(client, f"{LIST}new/")} | changes
    page = client.post(f"{LIST}new/", posted).content.decode()

    assert "There is a problem" in page
    assert words in page
    assert "Clubs for young people" in page or changes.get("for_what") == ""


@pytest.mark.rule("H25")
def test_a_service_out_of_use_is_not_offered_and_stays_with_its_calls(client, admin, as_person):
    row = named("SENDIASS")
    adviser = UserFactory(role=Role.CSC_ADVISER, team=None)
    call = DeskCall.objects.create(
        adviser=adviser,
        signpost=row,
        outcome="signposted",
        started_at="2026-11-02T10:00Z",
        ended_at="2026-11-02T10:01Z",
    )
    use_signpost(signpost=row, active=False, by=admin)

    assert "SENDIASS" not in as_person(adviser).get("/desk/unknown/").content.decode()
    call.refresh_from_db()
    assert call.signpost == row


@pytest.mark.parametrize("place", ["-1", "x", "99999", "²"])
def test_a_place_that_is_none_moves_nothing(client, place):
    before = names()
    client.post(f"{LIST}{named('Local Offer').pk}/move/", {"place": place})

    assert names() == before

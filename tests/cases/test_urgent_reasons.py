"""The reasons that make a message urgent: shipped, and edited by administrators."""

import html
import re
import threading
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections

from accounts.errors import RuleBroken
from accounts.models import Role
from cases.models import UrgentReason
from cases.policy_actions import DEFAULT_URGENT_REASONS, load_urgent_reasons
from cases.urgent_actions import add_reason, move_reason, reword_reason, use_reason
from tests.factories import UserFactory


def words() -> list[str]:
    return list(UrgentReason.objects.values_list("words", flat=True))


@pytest.mark.rule("H63")
def test_nine_reasons_are_shipped_in_order(policy):
    assert words() == list(DEFAULT_URGENT_REASONS.values())
    assert len(words()) == 9


def test_loading_again_changes_nothing_that_the_office_edited(policy):
    moving = UrgentReason.objects.get(code="moving_home")
    moving.words, moving.position, moving.active = "Moving house within a fortnight", 1, False
    moving.save()
    UrgentReason.objects.filter(code="new_address").delete()

    assert load_urgent_reasons() == 1
    moving.refresh_from_db()
    assert (moving.words, moving.position, moving.active) == (
        "Moving house within a fortnight",
        1,
        False,
    )


def test_the_command_loads_everything_and_says_so(db):
    said = StringIO()

    call_command("load_policy", stdout=said)
    call_command("load_policy", stdout=said)

    first, second = said.getvalue().splitlines()
    assert "and 9 urgent reasons; dates can be given from" in first
    assert second.startswith(
        "Added 0 standards, 0 opening periods, 0 bank holidays, 0 themes, 0 other services and 0 "
        "urgent reasons;"
    )


LIST = "/settings/urgent-reasons/"


@pytest.fixture
def ada(policy):
    return UserFactory(role=Role.ADMINISTRATOR, team=None, full_name="Ada Stone")


def page_text(response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def errors(response) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def test_the_page_lists_every_reason_in_order(ada, as_person, django_assert_num_queries):
    client = as_person(ada)
    page = page_text(client.get(LIST))

    found = [page.index(reason) for reason in words()]
    assert found == sorted(found)
    with django_assert_num_queries(4):
        client.get(LIST)
    UrgentReason.objects.exclude(code="new_address").delete()
    with django_assert_num_queries(4):
        client.get(LIST)


def test_a_reason_is_added_at_the_end_and_the_second_click_adds_none(ada, as_person):
    client = as_person(ada)

    for _ in range(2):
        done = client.post(f"{LIST}new/", {"words": " The  taxi did not come "}, follow=True)
        assert "Added: The taxi did not come." in page_text(done)

    assert words()[9:] == ["The taxi did not come"]
    assert UrgentReason.objects.get(position=10).code == "the-taxi-did-not-come"


def test_reasons_that_begin_alike_have_codes_of_their_own(ada):
    long = "x" * 40

    made = [add_reason(words=said, by=ada).code for said in (f"{long} a", f"{long} b", "???")]

    assert made == ["x" * 36, f"{'x' * 36}-2", "reason"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter the reason"),
        ("   ", "Enter the reason"),
        ("x" * 201, "The reason must be 200 characters or less"),
    ],
)
@pytest.mark.parametrize("where", ["new", "reword"])
def test_a_reason_without_words_or_with_too_many_is_refused(ada, as_person, typed, message, where):
    path = f"{LIST}new/" if where == "new" else f"{LIST}{UrgentReason.objects.first().pk}/"

    page = as_person(ada).post(path, {"words": typed, "instead_of": words()[0]})

    assert errors(page) == {"words": [message]}
    assert words() == list(DEFAULT_URGENT_REASONS.values())


def test_a_reason_that_is_out_of_use_is_not_added_again(ada, as_person):
    UrgentReason.objects.filter(code="moving_home").update(active=False)
    same = DEFAULT_URGENT_REASONS["moving_home"].upper()

    page = as_person(ada).post(f"{LIST}new/", {"words": same})

    assert errors(page) == {
        "words": ["This reason is there already, out of use. Use it again from the list."]
    }


def test_a_reason_is_worded_anew_and_its_history_kept(ada, as_person):
    reason = UrgentReason.objects.get(code="moving_home")
    typed = {"words": "Moving within a fortnight", "instead_of": reason.words}

    done = as_person(ada).post(f"{LIST}{reason.pk}/", typed, follow=True)

    assert "Saved: Moving within a fortnight." in page_text(done)
    history = apps.get_model("cases", "UrgentReasonEvent").objects.get()
    assert history.words == DEFAULT_URGENT_REASONS["moving_home"]
    assert history.pgh_context.metadata["user"] == ada.pk


def test_the_second_to_reword_a_reason_is_told_and_loses_nothing(ada, as_person):
    reason = UrgentReason.objects.get(code="moving_home")
    UrgentReason.objects.filter(pk=reason.pk).update(words="Moving soon")
    client = as_person(ada)

    page = client.post(f"{LIST}{reason.pk}/", {"words": "Moving", "instead_of": reason.words})

    assert errors(page)["__all__"] == [
        "Somebody else has changed these words meanwhile. They are now “Moving soon”. What you "
        "typed is still below: nothing has been lost."
    ]
    assert page.context["form"]["words"].value() == "Moving"
    again = {"words": "Moving", "instead_of": page.context["form"]["instead_of"].value()}
    assert client.post(f"{LIST}{reason.pk}/", again).status_code == 302
    reason.refresh_from_db()
    assert reason.words == "Moving"


def test_two_reasons_never_say_the_same(ada, as_person):
    first, second, *_ = UrgentReason.objects.all()

    page = as_person(ada).post(
        f"{LIST}{first.pk}/", {"words": second.words.upper(), "instead_of": first.words}
    )

    assert errors(page) == {"words": ["Another reason says this already"]}


def test_a_reason_is_taken_out_of_use_and_used_again(ada, as_person):
    client = as_person(ada)
    reason = UrgentReason.objects.get(code="moving_home")

    for active, said in [("no", "Out of use: "), ("no", "Out of use: "), ("yes", "In use again: ")]:
        done = client.post(f"{LIST}{reason.pk}/use/", {"active": active}, follow=True)
        assert f"{said}{reason.words}." in page_text(done)
        reason.refresh_from_db()
        assert reason.active == (active == "yes")


def test_a_reason_asked_twice_to_stand_somewhere_stands_there_once(ada, as_person):
    client = as_person(ada)
    before = words()
    last = UrgentReason.objects.last()

    for _ in range(2):
        assert client.post(f"{LIST}{last.pk}/move/", {"place": "1"}).status_code == 302
        assert words() == [before[0], before[8], *before[1:8]]

    client.post(f"{LIST}{last.pk}/move/", {"place": "99"})
    assert words() == before


@pytest.mark.parametrize("place", ["", "x", "-1", "9" * 30])
def test_a_place_that_is_none_moves_nothing(ada, as_person, place):
    reason = UrgentReason.objects.first()

    assert as_person(ada).post(f"{LIST}{reason.pk}/move/", {"place": place}).status_code == 302
    assert words() == list(DEFAULT_URGENT_REASONS.values())


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_change_reasons(policy, as_person, role):
    by = UserFactory(role=role)
    reason = UrgentReason.objects.first()
    client = as_person(by)

    for change in (
        lambda: add_reason(words="x", by=by),
        lambda: reword_reason(reason=reason, words="x", instead_of=reason.words, by=by),
        lambda: use_reason(reason=reason, active=False, by=by),
        lambda: move_reason(reason=reason, place=3, by=by),
    ):
        with pytest.raises(RuleBroken) as broken:
            change()
        assert broken.value.code == "may_not_change"
    for path in ("new/", f"{reason.pk}/", f"{reason.pk}/use/", f"{reason.pk}/move/"):
        assert client.post(f"{LIST}{path}", {"words": "x"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_add_the_same_reason_add_it_once():
    people = [UserFactory(role=Role.ADMINISTRATOR, team=None) for _ in range(2)]
    together = threading.Barrier(2)

    def work(by) -> None:
        together.wait()
        add_reason(words="The taxi did not come", by=by)
        connections.close_all()

    threads = [threading.Thread(target=work, args=[by]) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert words() == ["The taxi did not come"]

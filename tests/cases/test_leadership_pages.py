"""The pages of leadership about referrals and contact plans (H65, H66)."""

import re

import pytest

from accounts.models import AccessEntry
from cases import conduct_actions as actions
from cases.models import Case, ContactPlan
from tests.cases.conduct import NOW, SECRET, TODAY, change, code_of, make_plan, refer, text
from tests.factories import ContactFactory

pytestmark = pytest.mark.usefixtures("on_a_wednesday")


@pytest.fixture
def contact(policy, cora):
    return ContactFactory(reference="CON-000042", case__reference="EHC-000042", case__owner=cora)


PLAN_FORM = {
    "who": "Sam Okafor",
    "arrangement": "Calls on Tuesdays.",
    "reason": "Three abusive calls.",
    "told_how": "Letter",
    "appeal": "Write to the head of service.",
    "starts_on_day": "4",
    "starts_on_month": "11",
    "starts_on_year": "2026",
    "review_on_day": "2",
    "review_on_month": "12",
    "review_on_year": "2026",
    "ends_on_day": "29",
    "ends_on_month": "1",
    "ends_on_year": "2027",
}


@pytest.mark.rule("H66")
def test_leadership_makes_changes_and_ends_a_plan(contact, asif, maya, as_person):
    referral = refer(contact, asif)
    client = as_person(maya)

    assert "Abusive call, CON-000042" in text(client.get("/leadership/referrals/"))
    assert SECRET in text(client.get(f"/leadership/referrals/{referral.pk}/"))
    made = client.post(f"/leadership/referrals/{referral.pk}/plan/", PLAN_FORM, follow=True)
    plan = ContactPlan.objects.get()
    path = f"/leadership/plans/{plan.pk}/"
    assert made.redirect_chain == [(path, 302)]
    assert "Review Wednesday 2 December 2026" in text(made)
    assert "No referral waits" in text(client.get("/leadership/referrals/"))
    assert "Decided Wednesday 4 November" in text(client.get("/leadership/referrals/?show=decided"))
    assert "Sam Okafor" in text(client.get("/leadership/plans/"))

    form = {name: PLAN_FORM[name] for name in PLAN_FORM if not name.startswith("starts")}
    changed = client.post(
        f"{path}change/", form | {"ends_on_day": "30", "version": "0"}, follow=True
    )
    assert "Ends Saturday 30 January 2027" in text(changed)
    ended = client.post(f"{path}end/", {"reason": "All is well."}, follow=True)
    assert "It was ended early: All is well." in text(ended)
    assert "Sam Okafor" in text(client.get("/leadership/plans/?show=ended"))
    assert "No contact plan is in force." in text(client.get("/leadership/plans/"))


def test_leadership_decides_against_a_plan(contact, asif, maya, as_person):
    referral = refer(contact, asif)
    client, path = as_person(maya), f"/leadership/referrals/{referral.pk}/"

    page = text(client.post(f"{path}no-plan/", {"reasons": "One bad day."}, follow=True))

    assert "No contact plan. One bad day." in page
    # Whoever opens the form afterwards is shown the decision.
    assert client.get(f"{path}no-plan/").url == client.get(f"{path}plan/").url == path
    late = text(client.post(f"{path}no-plan/", {"reasons": "Other words."}))
    assert "Maya Stone decided this on Wednesday 4 November 2026 at 10am" in late
    assert "Other words." in late


@pytest.mark.rule("H66")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"review_on_day": "", "review_on_month": "", "review_on_year": ""}, "the review date"),
        ({"review_on_year": "2028"}, "The review date must not be after the plan ends."),
        ({"ends_on_day": "", "ends_on_month": "", "ends_on_year": ""}, "Enter the day it ends"),
        ({"appeal": ""}, "Enter how they can ask for another decision"),
        ({"starts_on_day": "3"}, "The plan must start today or later."),
    ],
)
def test_a_plan_filled_in_wrongly_says_what_is_wrong(
    contact, asif, maya, as_person, changes, message
):
    path = f"/leadership/referrals/{refer(contact, asif).pk}/plan/"

    page = text(as_person(maya).post(path, PLAN_FORM | changes))

    assert "There is a problem" in page
    assert message in page
    assert "Three abusive calls." in page
    assert not ContactPlan.objects.exists()


def test_after_a_collision_the_next_press_saves(contact, asif, maya, ruth, as_person):
    plan = make_plan(contact, asif, maya)
    change(plan, ruth)
    client, path = as_person(maya), f"/leadership/plans/{plan.pk}/change/"
    form = {name: PLAN_FORM[name] for name in PLAN_FORM if not name.startswith("starts")}

    page = client.post(path, form | {"version": "0"})
    version = re.search(r'name="version" value="(\d+)"', page.content.decode())

    assert "Somebody has changed this plan" in text(page)
    assert "Calls on Tuesdays." in text(page)
    assert version
    assert client.post(path, form | {"version": version[1]}).status_code == 302
    plan.refresh_from_db()
    assert plan.arrangement == "Calls on Tuesdays."


@pytest.mark.rule("H65")
def test_what_leadership_reads_is_written_down(contact, asif, maya, as_person):
    plan = make_plan(contact, asif, maya)
    client = as_person(maya)

    client.get("/leadership/referrals/?show=decided")
    client.get(f"/leadership/referrals/{plan.referral_id}/")
    client.get(f"/leadership/plans/{plan.pk}/")

    entries = AccessEntry.objects.about("EHC-000042").order_by("id").values_list("kind", "detail")
    assert list(entries) == [
        ("listed", "conduct referrals"),
        ("read", "conduct referral"),
        ("read", "contact plan"),
    ]


def test_a_restricted_case_stays_closed_to_leadership_that_is_not_named(
    contact, asif, maya, as_person
):
    plan = make_plan(contact, asif, maya)
    Case.objects.update(restricted=True, restricted_reason="A court order")
    client = as_person(maya)

    for path in (f"/leadership/referrals/{plan.referral_id}/", f"/leadership/plans/{plan.pk}/"):
        assert client.get(path).status_code == 404
    assert "Sam Okafor" not in text(client.get("/leadership/plans/"))
    given = {"plan": plan, "reason": "x", "by": maya, "now": NOW}
    assert code_of(actions.end_plan, **given) == "may_not_decide"


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_referrals_and_plans(
    contact, asif, maya, as_person, django_assert_num_queries, number
):
    for n in range(number):
        make_plan(contact, asif, maya, words=f"{n}", review_on=TODAY)
        refer(contact, asif, words=f"To decide {n}")
    client = as_person(maya)
    client.get("/leadership/plans/")

    for path, queries in (
        ("/leadership/referrals/", 6),
        ("/leadership/referrals/?show=decided", 6),
        ("/leadership/plans/", 7),
    ):
        with django_assert_num_queries(queries):
            client.get(path)

"""Signing in, signing out, and being locked out."""

import re

import pytest
import time_machine

from tests.factories import PASSWORD

SIGN_IN = "/account/sign-in/"


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def try_sign_in(client, email="cora@wexmoor.example.org", password=PASSWORD, **extra):
    return client.post(SIGN_IN, {"login": email, "password": password}, **extra)


@pytest.mark.parametrize(
    "email", ["cora@wexmoor.example.org", "Cora@Wexmoor.Example.org", " cora@wexmoor.example.org "]
)
def test_signing_in_by_email_in_any_case(cora, client, email):
    response = try_sign_in(client, email, follow=True)

    assert response.redirect_chain == [("/", 302)]
    assert "What I owe" in text(response)


def test_signing_in_leads_to_where_one_was_going_but_never_outside(cora, client):
    assert client.get("/cases/").url == f"{SIGN_IN}?next=/cases/"
    data = {"login": cora.email, "password": PASSWORD}
    assert client.post(f"{SIGN_IN}?next=/cases/", data | {"next": "/cases/"}).url == "/cases/"
    client.logout()
    assert client.post(SIGN_IN, data | {"next": "https://example.org/"}).url == "/"


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        ("", PASSWORD, "Enter your e-mail address"),
        ("cora", PASSWORD, "Enter an e-mail address in the correct format"),
        ("cora@wexmoor.example.org", "", "Enter your password"),
        ("cora@wexmoor.example.org", "wrong", "The e-mail address or the password is not right."),
        ("nobody@wexmoor.example.org", "x", "The e-mail address or the password is not right."),
    ],
)
def test_signing_in_wrongly_says_what_is_wrong(cora, client, email, password, message):
    response = try_sign_in(client, email, password)

    assert response.status_code == 200
    assert message in text(response)
    assert "There is a problem" in text(response)


def test_five_wrong_passwords_lock_the_address_for_ten_minutes(cora, client):
    with time_machine.travel("2026-11-16 10:00 +0000", tick=False) as traveller:
        for _ in range(5):
            try_sign_in(client, password="wrong")

        locked = try_sign_in(client)
        assert "Too many tries. Wait ten minutes, then try again." in text(locked)

        traveller.shift(10 * 60 + 1)
        assert try_sign_in(client).status_code == 302


def test_a_lock_out_of_one_address_leaves_others_alone(cora, lena, client):
    for _ in range(6):
        try_sign_in(client, password="wrong")

    assert try_sign_in(client, "lena@wexmoor.example.org").status_code == 302


def test_a_leaver_cannot_sign_in(cora, client):
    cora.is_active = False
    cora.save()

    assert "_auth_user_id" not in client.session
    try_sign_in(client)
    assert "_auth_user_id" not in client.session


def test_signing_out_needs_a_button_and_ends_the_session(cora, client):
    try_sign_in(client)

    assert client.post("/account/sign-out/").url == SIGN_IN
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "path", ["/account/signup/", "/account/email/", "/account/password/reset/"]
)
def test_nobody_can_register(db, client, path):
    assert client.get(path).status_code in {302, 404}
    assert client.get(path, follow=True).request["PATH_INFO"] in {path, SIGN_IN}


def test_changing_ones_password(cora, as_person, client):
    response = as_person(cora).post(
        "/account/password/",
        {
            "oldpassword": PASSWORD,
            "password1": "a new long phrase",
            "password2": "a new long phrase",
        },
    )

    assert response.status_code == 302
    cora.refresh_from_db()
    assert cora.check_password("a new long phrase")


def test_failures_of_four_hundred_others_do_not_unlock_an_address(cora, lena, client):
    with time_machine.travel("2026-11-16 10:00 +0000", tick=False):
        for email in [cora.email, lena.email] * 5:
            try_sign_in(client, email, password="wrong")

        # From as many machines: one alone is held back after sixty.
        for number in range(400):
            machine = f"10.0.{number // 200}.{number % 200}"
            failed = try_sign_in(client, f"x{number}@example.org", "x", REMOTE_ADDR=machine)
            assert failed.status_code == 200

        for email in [cora.email, lena.email]:
            assert "Too many tries" in text(try_sign_in(client, email))


def test_the_sign_in_page_leads_others_to_the_form_without_an_account(client, db):
    page = client.get("/account/sign-in/").content.decode()

    assert 'href="/concern/new/"' in page
    assert client.get("/concern/new/").status_code == 200

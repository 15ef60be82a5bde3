"""A form sent after signing out, or after the session has ended, loses nothing that was typed."""

from tests.factories import CaseFactory


def test_what_was_typed_comes_back_and_nothing_is_saved(policy, client, cora):
    case = CaseFactory(owner=cora)
    path = f"/cases/{case.reference}/contacts/new/"
    words = "A long message. " * 20 + "<b>end</b>"

    response = client.post(path, {"message": words, "sender_name": "Zoë", "submission": "x"})

    page = response.content.decode()
    assert response.status_code == 403
    assert "Nothing has been saved yet" in page
    assert "A long message." in page
    assert "&lt;b&gt;end&lt;/b&gt;" in page
    assert 'value="Zoë"' in page
    assert "Submission" not in page
    assert f"/account/sign-in/?next={path}" in page
    assert case.reference in path
    assert not case.contacts.exists()


def test_a_password_is_never_shown_again(client, db):
    page = client.post("/account/password/", {"oldpassword": "secret-words", "password1": "x"})

    assert page.status_code == 403
    assert b"secret-words" not in page.content


def test_asking_for_a_page_still_leads_to_sign_in(client, db):
    assert client.get("/cases/").url == "/account/sign-in/?next=/cases/"

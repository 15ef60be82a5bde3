"""A caller without an address stays on a list until somebody has rung about the new time."""

import pytest

from callbacks.absence_actions import note_told
from callbacks.stranded import to_be_told, waits_to_be_told
from cases.models import Contact
from notices.models import Notice
from tests.callbacks.absences import NO_ADDRESS, PAGE, move_all, wish
from tests.callbacks.cast import NGOZI, NOW, booked

pytestmark = pytest.mark.django_db


@pytest.fixture
def untold(case, cora, lena, dan):
    """A call that Dan makes now; Lena is to tell the caller."""
    booking = booked(case, caller=NO_ADDRESS)
    [moved], _ = move_all(wish(booking, stand_in=dan), by=cora, teller=lena)
    return moved


@pytest.mark.rule("H36")
def test_who_cannot_be_written_to_is_on_the_list_until_somebody_rang(untold, lena):
    assert list(to_be_told(lena)) == [untold]
    assert untold.follows.note == "Cora Hill cannot ring then. (told later: Lena Marsh rings them)"
    [notice] = Notice.objects.filter(key=f"booking:{untold.pk}:to-tell")
    assert (notice.recipient, notice.path) == (lena, PAGE)
    assert "Okafor" not in notice.body + notice.subject


@pytest.mark.rule("H44")
def test_telling_them_goes_on_the_record_as_a_call_once(untold, lena):
    assert note_told(booking=untold, by=lena, now=NOW) is True
    assert note_told(booking=untold, by=lena, now=NOW) is False

    assert list(to_be_told(lena)) == []
    untold.follows.refresh_from_db()
    assert untold.follows.note == (
        "Cora Hill cannot ring then. "
        "(told by telephone on Monday 2 November 2026 at 10am by Lena Marsh)"
    )
    call = Contact.objects.get(direction="out")
    assert (call.channel, call.sender_name, call.original) == (
        "telephone",
        "Ngozi Okafor",
        untold.contact,
    )
    assert call.message == (
        "Told them that Dan Reed rings on Tuesday 3 November 2026 at 2pm, instead of Cora Hill on "
        "Tuesday 3 November 2026 at 2pm."
    )


def test_moved_once_more_only_the_last_time_is_to_be_told(untold, cora, lena):
    [again], _ = move_all(wish(untold, stand_in=cora), by=lena)

    assert list(to_be_told(lena)) == [again]
    untold.refresh_from_db()
    assert not waits_to_be_told(untold)


def test_somebody_with_an_address_need_not_be_rung(case, cora, lena, dan):
    [moved], _ = move_all(wish(booked(case, caller=NGOZI), stand_in=dan), by=cora, teller=lena)

    assert list(to_be_told(lena)) == []
    assert moved.follows.note == "Cora Hill cannot ring then."
    assert not Notice.objects.filter(key__endswith=":to-tell").exists()

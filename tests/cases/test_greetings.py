"""Greetings of voicemail lines: words from the figures of the day, recorded again on change."""

import re
import threading
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import InternalError, connections, transaction

from accounts.errors import RuleBroken
from accounts.models import Role, User
from cases.contact_messages import wording
from cases.greeting_actions import ask_for_recordings, record_greeting
from cases.greetings import Greeting, figures_at, fingerprint, greeting_of, script_of, what_changed
from cases.models import GreetingRecording, VoicemailLine
from cases.tasks import ask_for_recordings as task
from clocks.models import OpeningPeriod, Standard, UnitChoice
from clocks.settings_actions import change_standard, figures_of
from notices.models import Notice, Text
from tests.factories import TeamFactory, UserFactory

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
TODAY = date(2026, 11, 4)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _on_a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ada(db):
    return UserFactory(full_name="Ada Keeper", role=Role.ADMINISTRATOR, team=None)


def make_line(team, **given) -> VoicemailLine:
    details = {"name": "Duty line", "number": "01632 960100", "team": team}
    return VoicemailLine.objects.create(**details | given)


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def script(line, now=NOW) -> str:
    figures = figures_at(now, wording())
    assert figures is not None
    return script_of(line, figures)


def record(line, by, now=NOW, shown=None) -> GreetingRecording:
    shown = fingerprint(script(line, now)) if shown is None else shown
    return record_greeting(line=line, shown=shown, by=by, now=now)


def state(line, now=NOW) -> Greeting:
    last = line.recordings.first()
    return greeting_of(line, last.script if last else None, figures_at(now, wording()))


def promise(days: int, by, effective_from=TODAY) -> Standard:
    """We answer voicemails within ``days`` working days, from ``effective_from`` on."""
    before = Standard.objects.in_force("contact.voicemail", effective_from)
    figures = figures_of(before)
    return change_standard(
        code="contact.voicemail",
        figures=type(figures)(amount=days, unit=UnitChoice(figures.unit), receipt=figures.receipt),
        effective_from=effective_from,
        instead_of=before.pk,
        by=by,
        now=NOW,
    )


# --- The words ------------------------------------------------------------------------------------


@pytest.mark.rule("H42")
def test_the_words_name_the_person_and_the_figures_of_the_day(policy, north, cora):
    words = script(make_line(north, user=cora))

    assert words.startswith("Hello. This is the voicemail of Cora Hill in the North team.\n")
    assert "We will ring you back within 5 working days." in words
    assert "You do not need to ring again before then." in words
    assert (
        "We are open Monday to Thursday from 9am to 5:30pm, and Friday from 9am to 4:30pm." in words
    )
    assert "These things are urgent:\n- " in words
    assert "SENDIASS: https://sendiass.example.org" in words
    assert words.endswith("If a child is in danger, ring 999 now.")


def test_a_duty_line_gives_its_team_and_name(policy, north):
    assert "the voicemail of the North team, Duty line." in script(make_line(north))


@pytest.mark.rule("H42")
def test_a_promise_of_later_changes_the_words_on_its_day(policy, north, ada):
    line = make_line(north)
    promise(3, ada, effective_from=date(2026, 12, 1))

    assert "within 5 working days" in script(line, datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert "within 3 working days" in script(line, datetime(2026, 12, 1, 0, 0, tzinfo=UTC))


def test_without_figures_nothing_is_to_be_recorded(db, north):
    line = make_line(north)

    assert figures_at(NOW, wording()) is None
    assert state(line) == Greeting.UNKNOWN
    assert ask_for_recordings(now=NOW) == 0
    with pytest.raises(RuleBroken) as broken:
        record(line, north.lead, shown="")
    assert broken.value.code == "no_script"


def test_what_changed_is_named_sentence_by_sentence():
    changed = what_changed(
        "Hello. We ring within 5 working days.\n\nUrgent:\n- No school",
        "Hello. We ring within 3 working days.\n\nUrgent:\n- No school\n- No home",
    )

    assert changed.gone == ["We ring within 5 working days."]
    assert changed.new == ["We ring within 3 working days.", "- No home"]


# --- Recording ------------------------------------------------------------------------------------


@pytest.mark.rule("H42")
def test_a_recording_keeps_the_words_that_were_read_out(policy, north, cora):
    line = make_line(north, user=cora)
    assert state(line) == Greeting.NEVER

    record(line, cora)

    kept = GreetingRecording.objects.get()
    assert (kept.line, kept.at, kept.by, kept.script) == (line, NOW, cora, script(line))
    assert state(line) == Greeting.CURRENT


@pytest.mark.rule("H42")
def test_a_recording_is_never_changed(policy, north, cora):
    recording = record(make_line(north), cora)

    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        GreetingRecording.objects.filter(pk=recording.pk).update(script="x")
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        GreetingRecording.objects.all().delete()


def test_two_clicks_within_a_minute_are_one_recording(policy, north, cora, lena):
    line = make_line(north)
    first = record(line, cora)

    assert record(line, cora, NOW + timedelta(seconds=59)) == first
    record(line, lena, NOW + timedelta(seconds=59))
    record(line, cora, NOW + timedelta(seconds=60))
    assert GreetingRecording.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_recording(policy, north, cora):
    line = make_line(north)
    shown, together = fingerprint(script(line)), threading.Barrier(3)

    def click() -> None:
        together.wait()
        record(line, cora, shown=shown)
        connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert GreetingRecording.objects.count() == 1


@pytest.mark.rule("H42")
def test_words_that_changed_meanwhile_are_not_recorded(policy, north, cora, ada):
    line = make_line(north)
    shown = fingerprint(script(line))
    promise(3, ada)

    with pytest.raises(RuleBroken) as broken:
        record(line, cora, shown=shown)

    assert broken.value.code == "changed_meanwhile"
    assert not GreetingRecording.objects.exists()


def test_nobody_records_what_they_do_not_look_after(policy, north, cora, oscar, ada):
    ours, gone = make_line(north), make_line(north, name="Old line", active=False)
    refused = []
    for line, by in ((ours, oscar), (ours, ada), (gone, cora)):
        with pytest.raises(RuleBroken) as broken:
            record(line, by)
        refused.append(broken.value.code)

    assert refused == ["may_not_listen", "may_not_listen", "not_in_use"]


# --- A change of figures --------------------------------------------------------------------------


def asked() -> set[tuple[str, str]]:
    """Who has been asked for which line so far."""
    rows = Notice.objects.values_list("recipient__full_name", "subject")
    return {(name, subject.removeprefix("Record the greeting of ")) for name, subject in rows}


@pytest.mark.rule("H42")
def test_a_change_of_the_promise_opens_the_task_for_all_lines_and_a_recording_closes_it(
    policy, north, lena, cora, ada
):
    other = TeamFactory()
    other.lead = UserFactory(full_name="Omar Reed", role=Role.TEAM_LEAD, team=other)
    other.save()
    own = make_line(north, name="Cora’s line", user=cora)
    lines = [own, make_line(north), make_line(other, name="Other line")]
    for line in lines:
        record(line, line.team.lead)
    assert (task(), asked()) == (0, set())

    promise(3, ada)

    assert [state(line) for line in lines] == [Greeting.AGAIN] * 3
    assert task() == 3
    assert asked() == {
        ("Cora Hill", "Cora’s line"),
        ("Lena Marsh", "Duty line"),
        ("Omar Reed", "Other line"),
    }
    assert task() == 0

    record(own, cora, NOW + HOUR)
    assert [state(line, NOW + HOUR) for line in lines] == [
        Greeting.CURRENT,
        Greeting.AGAIN,
        Greeting.AGAIN,
    ]


@pytest.mark.rule("H42")
def test_opening_hours_texts_and_names_ask_for_a_recording_too(policy, north, lena, cora):
    line = make_line(north, user=cora)

    def by_hours() -> None:
        OpeningPeriod.objects.filter(weekday=4).update(closes=time(16))

    def by_words() -> None:
        Text.objects.create(
            code="voicemail.greeting",
            version=2,
            subject="Greeting",
            body="We ring {line} {ring_back}. {open_line}",
            written_at=NOW,
            written_by=lena,
        )

    def by_name() -> None:
        User.objects.filter(pk=cora.pk).update(full_name="Cora Hill-Reed")

    for hours, (before, after) in enumerate(pairwise([None, by_hours, by_words, by_name])):
        record(VoicemailLine.objects.get(pk=line.pk), lena, NOW + hours * HOUR)
        assert ask_for_recordings(now=NOW) == 0, before
        assert after is not None
        after()
        assert ask_for_recordings(now=NOW) == 1, after


def test_a_figure_that_changes_back_is_asked_for_again(policy, north, lena, ada):
    line = make_line(north)
    figure = Standard.objects.filter(code="contact.voicemail")
    record(line, lena)
    for hours, days in enumerate([3, 5, 3], start=1):
        figure.update(amount=days)
        assert ask_for_recordings(now=NOW) == 1
        record(line, lena, NOW + hours * HOUR)

    assert Notice.objects.count() == 3


@pytest.mark.rule("H42")
def test_a_line_that_was_never_recorded_is_asked_for_once(policy, north, lena):
    make_line(north)
    make_line(north, name="Old line", active=False)

    assert [ask_for_recordings(now=NOW + hours * HOUR) for hours in range(3)] == [1, 0, 0]
    notice = Notice.objects.get()
    assert "No greeting of Duty line has been recorded yet." in notice.body
    assert (notice.recipient, notice.mail) == (lena, Notice.Mail.DIGEST)


def test_the_lead_is_asked_for_somebody_who_has_left(policy, north, lena, cora):
    make_line(north, user=cora)
    User.objects.filter(pk=cora.pk).update(is_active=False)

    assert ask_for_recordings(now=NOW) == 1
    assert Notice.objects.get().recipient == lena


@pytest.mark.parametrize("number", [1, 3])
def test_asking_when_nothing_has_changed_only_reads(
    policy, north, django_assert_num_queries, number
):
    for n in range(number):
        make_line(north, name=f"Line {n}")
    ask_for_recordings(now=NOW)

    with django_assert_num_queries(12):
        assert ask_for_recordings(now=NOW) == 0


# --- Pages ----------------------------------------------------------------------------------------


@pytest.mark.rule("H42")
def test_the_page_gives_the_words_and_takes_the_recording(policy, north, cora, as_person):
    line, client = make_line(north, user=cora), as_person(cora)
    path = f"/voicemail/{line.pk}/greeting/"
    assert "Never recorded" in text(client.get("/voicemail/"))
    page = client.get(path)
    assert "We will ring you back within 5 working days." in text(page)

    after = client.post(path, {"shown": page.context["shown"]}, follow=True)

    assert "The greeting of Duty line is recorded." in text(after)
    assert "Never recorded" not in text(after)
    assert "Recorded on Wednesday 4 November 2026 by Cora Hill." in text(client.get(path))


@pytest.mark.rule("H42")
def test_the_page_says_what_has_changed(policy, north, cora, ada, as_person):
    line = make_line(north)
    record(line, cora)
    promise(3, ada)
    client = as_person(cora)

    assert "Record again" in text(client.get("/voicemail/"))
    page = client.get(f"/voicemail/{line.pk}/greeting/").content.decode()

    assert "Our figures have changed. Please record it again." in page
    assert "<del>We will ring you back within 5 working days.</del>" in page
    assert "<ins>We will ring you back within 3 working days.</ins>" in page


def test_a_click_on_words_of_before_says_so(policy, north, cora, ada, as_person):
    line, client = make_line(north), as_person(cora)
    path = f"/voicemail/{line.pk}/greeting/"
    shown = client.get(path).context["shown"]
    promise(3, ada)

    page = text(client.post(path, {"shown": shown}, follow=True))

    assert "The words have changed since you opened the page." in page
    assert "within 3 working days" in page


def test_who_does_not_listen_records_nothing(policy, north, oscar, ada, as_person):
    line = make_line(north)
    path = f"/voicemail/{line.pk}/greeting/"
    posted = {"shown": fingerprint(script(line))}

    assert "I have recorded this" not in text(as_person(ada).get(path))
    assert as_person(ada).post(path, posted).status_code == 404
    assert as_person(oscar).get(path).status_code == 404
    assert as_person(oscar).post(path, posted).status_code == 404
    assert not GreetingRecording.objects.exists()


def test_without_figures_the_page_says_so(db, north, cora, as_person):
    page = text(as_person(cora).get(f"/voicemail/{make_line(north).pk}/greeting/"))

    assert "It cannot be said what to record" in page
    assert "I have recorded this" not in page

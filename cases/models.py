"""Children and young people, their cases, the places they learn, and every contact about them."""

import re
from contextlib import suppress
from datetime import datetime

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from accounts.models import TEAM_ROLES, Absence, Role, User
from clocks.models import OPEN_STATES, Clock

# "EHC 123", "con000007": the dash and the noughts are easily left out.
LOOSE_REFERENCE = re.compile(r"\b(EHC|CON)[ -]?0*([0-9]{1,12})\b", re.IGNORECASE)


class Establishment(models.Model):
    """A school, college or other place of education, known by its URN."""

    class Kind(models.TextChoices):
        EARLY_YEARS = "early_years", "Early years setting"
        PRIMARY = "primary", "Mainstream primary school"
        SECONDARY = "secondary", "Mainstream secondary school"
        SPECIAL = "special", "Special school"
        INDEPENDENT = "independent", "Independent school"
        ALTERNATIVE = "alternative", "Alternative provision"
        COLLEGE = "college", "College"
        OTHER = "other", "Other"

    urn = models.PositiveIntegerField("URN", unique=True)
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=20, choices=Kind)
    town = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField("e-mail address", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Person(models.Model):
    """A child or young person."""

    class Sex(models.TextChoices):
        FEMALE = "F", "Female"
        MALE = "M", "Male"

    local_id = models.CharField("local id", max_length=40, unique=True)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    known_as = models.CharField(max_length=80, blank=True)
    date_of_birth = models.DateField()
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    upn = models.CharField("UPN", max_length=13, blank=True)
    postcode = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name_plural = "people"
        ordering = ["family_name", "given_name", "id"]
        indexes = [
            # Search by part of a name (CaseQuerySet.matching).
            GinIndex(
                OpClass(Upper("given_name"), name="gin_trgm_ops"),
                OpClass(Upper("family_name"), name="gin_trgm_ops"),
                OpClass(Upper("known_as"), name="gin_trgm_ops"),
                name="person_names_trigram",
            ),
            models.Index(fields=["date_of_birth"], name="person_birth"),
            models.Index(fields=["upn"], condition=~Q(upn=""), name="person_upn"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.known_as or self.given_name} {self.family_name}"


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> "CaseQuerySet":
        """The cases ``user`` may open: the one access helper, used by every view.

        Advisers may find every case, but see only the officer, status and next dates (H22).
        Team members see their team's cases, those they own, and those on which they or their
        team still owe an answer.
        Administrators look after the portal, not children's records, and see none.
        """
        if user.sees_whole_service or user.role == Role.CSC_ADVISER:
            return self
        if user.role not in TEAM_ROLES:
            return self.none()
        mine = Q(owner=user) | Q(pk__in=_cases_owed_by(user))
        return self.filter(mine | Q(team=user.team_id)) if user.team_id else self.filter(mine)

    def matching(self, text: str) -> "CaseQuerySet":
        """Cases that fit every word of ``text``.

        A word is a date of birth (3/2/2014), a whole reference, UPN or local id, or part of a
        name. Each kind is answered from an index of its own.
        """
        found = self
        for word in _words(text):
            found = found.filter(_word_fits(word))
        return found.order_by("person__family_name", "person__given_name", "id")

    def with_people(self) -> "CaseQuerySet":
        """With all that an identity bar and the officer's details need, in one query."""
        return self.select_related("person", "owner", "team__lead", "establishment")


def _words(text: str) -> list[str]:
    """The words as they are stored: "Brown, Isaac", "O’Brien", "ehc 123" and "CON000007" too."""
    plain = text.replace(",", " ").replace("’", "'")
    return LOOSE_REFERENCE.sub(lambda found: f"{found[1]}-{int(found[2]):06d}", plain).split()


def _word_fits(word: str) -> Q:
    for form in ("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        with suppress(ValueError):
            return Q(person__date_of_birth=datetime.strptime(word, form).date())  # noqa: DTZ007
    if any(character.isdigit() for character in word):
        # A union, because one condition over two tables could use no index.
        cases = Case.objects.order_by()
        by_reference = cases.filter(reference=word.upper()).values("pk")
        by_upn = cases.filter(person__upn=word.upper()).values("pk")
        by_local_id = cases.filter(person__local_id=word).values("pk")
        contacts = Contact.objects.order_by().filter(reference=word.upper())
        by_contact = contacts.values_list("case_id")
        return Q(pk__in=by_reference.union(by_upn, by_local_id, by_contact))
    return (
        Q(person__given_name__icontains=word)
        | Q(person__family_name__icontains=word)
        | Q(person__known_as__icontains=word)
    )


def _cases_owed_by(user: User) -> "models.QuerySet[Contact, int]":
    today = timezone.localdate()
    away = Absence.objects.covered_by(user, today).values("person")
    theirs = Q(clock__owner=user) | Q(clock__owner__in=away)
    if user.team_id:
        theirs |= Q(clock__team=user.team_id)
    owing = Contact.objects.filter(theirs, clock__state__in=OPEN_STATES)
    return owing.order_by().values_list("case_id", flat=True)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Case(models.Model):
    """One child's or young person's case with the service, with the one officer who owns it."""

    class Status(models.TextChoices):
        REQUEST = "request", "Assessment requested"
        ASSESSMENT = "assessment", "Being assessed"
        PLAN = "plan", "Has an EHC plan"
        CEASED = "ceased", "Plan ceased"

    reference = models.CharField(max_length=20, unique=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="case")
    status = models.CharField(max_length=12, choices=Status)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="owned_cases",
    )
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="cases")
    establishment = models.ForeignKey(
        Establishment, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    primary_need = models.CharField(max_length=80, blank=True)
    plan_issued_on = models.DateField(null=True, blank=True)
    next_step = models.CharField(max_length=120, blank=True)
    next_step_on = models.DateField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(next_step_on__isnull=True) | ~Q(next_step=""),
                name="case_next_date_has_step",
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def responsible(self) -> User | None:
        """Who answers for the case: its owner, or the team's lead when there is none (H17).

        Someone who has left, or no longer holds cases, answers for nothing.
        """
        for person in (self.owner, self.team.lead):
            if person and person.is_active and person.holds_cases:
                return person
        return None


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User) -> "ContactQuerySet":
        """Contacts of the cases ``user`` may open."""
        if user.sees_whole_service or user.role == Role.CSC_ADVISER:
            return self
        return self.filter(case__in=Case.objects.visible_to(user))

    def owed(self) -> "ContactQuerySet":
        """Contacts whose promise is open, soonest first, with all that a list row shows."""
        return (
            self.filter(clock__state__in=OPEN_STATES)
            .select_related("case__person", "case__establishment", "clock__owner")
            .order_by("clock__due_at", "clock_id")
        )

    def owed_by(self, *owners: int) -> "ContactQuerySet":
        """What the people with these ids owe; usually one (see Absence.objects.looked_after)."""
        if len(owners) == 1:
            # Plain equality lets the owner's index give the order as well.
            return self.owed().filter(clock__owner=owners[0])
        return self.owed().filter(clock__owner__in=owners)

    def owed_by_team(self, team_id: int) -> "ContactQuerySet":
        return self.owed().filter(clock__team=team_id)

    def past_date(self, now: datetime) -> "ContactQuerySet":
        return self.filter(clock__state=Clock.State.RUNNING, clock__due_at__lt=now)


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Contact(models.Model):
    """One communication about one case, with the promise to answer it (H1, H14, H17)."""

    class Channel(models.TextChoices):
        TELEPHONE = "telephone", "Telephone call"
        VOICEMAIL = "voicemail", "Voicemail"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"
        PORTAL_MESSAGE = "portal_message", "Portal message"

    class Sender(models.TextChoices):
        PARENT = "parent", "Parent or carer"
        YOUNG_PERSON = "young_person", "Young person"
        ESTABLISHMENT = "establishment", "School, college or early years setting"
        PROFESSIONAL = "professional", "Another professional"
        OTHER = "other", "Someone else"

    class Answer(models.TextChoices):
        TELEPHONE = "telephone", "By telephone"
        EMAIL = "email", "By e-mail"
        LETTER = "letter", "By letter"
        IN_PERSON = "in_person", "In person or by video call"

    reference = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts")
    channel = models.CharField("how it came", max_length=20, choices=Channel)
    sender = models.CharField("who it is from", max_length=20, choices=Sender)
    sender_name = models.CharField("their name", max_length=120)
    sender_phone = models.CharField("their telephone number", max_length=40, blank=True)
    sender_email = models.EmailField("their e-mail address", blank=True)
    message = models.TextField("what they said or asked")
    received_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # A form posts this once; a second click finds the first contact instead of making another.
    submission = models.UUIDField(unique=True)
    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="+")

    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    answer = models.CharField("how it was answered", max_length=20, choices=Answer, blank=True)
    answer_note = models.TextField("note of the answer", blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | (
                    Q(answered_at__isnull=False, answered_by__isnull=False)
                    & ~Q(answer="")
                    & ~Q(answer_note="")
                ),
                name="contact_answered_in_full",
            )
        ]
        indexes = [
            # The timeline of one case, newest first.
            models.Index(fields=["case", "-received_at", "-id"], name="contact_timeline"),
            # What a person has logged, newest first.
            models.Index(fields=["logged_by", "-logged_at"], name="contact_logged"),
        ]

    def __str__(self) -> str:
        return self.reference

"""Every communication, by any channel and in either direction, with the promise to answer it."""

from datetime import datetime

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, Q
from django.db.models.functions import Upper

from accounts.models import User
from cases.case_models import Case, NamedStaff
from cases.contact_conditions import UNDECIDED, URGENT, asked_again, how_many, shown_to, unfiled_for
from cases.people_models import Establishment, RelatedPerson
from cases.urgent_models import UrgentReason
from cases.voicemail_models import VoicemailLine
from clocks.models import OPEN_STATES, Clock


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User) -> "ContactQuerySet":
        """Contacts of the cases ``user`` may open, and those of no case yet that are theirs."""
        visible = Case.objects.visible_to(user)
        of_cases = Q(case__in=visible) | Q(case__merged_into__in=visible)
        found = self.filter(of_cases | Q(case=None) & unfiled_for(user))
        return found.filter(shown_to(user))

    def unrestricted_for(self, user: User) -> "ContactQuerySet":
        """For lists that are already narrowed to a person's or a team's own promises.

        Written as conditions on the joined case, so that the list's index still gives its order.
        """
        return self.filter(unrestricted("case", user))

    def not_struck(self) -> "ContactQuerySet":
        return self.filter(struck_at=None)

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

    def with_chasers(self) -> "ContactQuerySet":
        """With ``chasers``, how often each was asked again, and ``unread_chasers`` (H48).

        ``urgent_chaser`` and ``undecided_chaser`` say what the chasers claim (H63).
        """
        asked = asked_again()
        return self.annotate(
            chasers=how_many(asked),
            unread_chasers=how_many(asked.filter(seen_at=None)),
            urgent_chaser=Exists(asked.filter(URGENT)),
            undecided_chaser=Exists(asked.filter(UNDECIDED)),
        )

    def chased(self) -> "ContactQuerySet":
        """Asked again, before the date or after it (H48)."""
        return self.filter(Exists(asked_again()))

    def urgent(self) -> "ContactQuerySet":
        """Accepted as urgent, in the message itself or when it was asked again (H63)."""
        return self.filter(URGENT | Exists(asked_again().filter(URGENT)))

    def to_triage(self) -> "ContactQuerySet":
        """Said to be urgent, there or when asked again, and nobody has decided yet (H63)."""
        return self.filter(UNDECIDED | Exists(asked_again().filter(UNDECIDED)))

    def unfiled(self) -> "ContactQuerySet":
        """What belongs to no case yet and should, longest waiting first (H67)."""
        # The first three conditions are those of the index "contact_in_tray".
        return (
            self.filter(case=None, struck_at=None, filing_clock__isnull=False)
            .filter(filing_clock__state__in=OPEN_STATES)
            .select_related("clock__owner", "filing_clock")
            .order_by("filing_clock__due_at", "filing_clock_id")
        )

    def unfiled_for(self, user: User) -> "ContactQuerySet":
        """What of the tray ``user`` may see, without asking which cases they may open."""
        return self.unfiled().filter(unfiled_for(user))

    def filed_late(self, now: datetime) -> "ContactQuerySet":
        """Of the tray: past the date by which its child was to be found (H67)."""
        return self.filter(filing_clock__due_at__lt=now)

    def open_matters(self, case: Case) -> "ContactQuerySet":
        """What is still to be answered about a child, in its merged records too (H48).

        Without formal matters, which nothing chases (H68).
        """
        return (
            self.filter(Q(case=case) | Q(case__merged_into=case))
            .filter(link="", direction=Contact.Direction.IN, struck_at=None)
            .exclude(category__in=sorted(FORMAL))
            .filter(clock__state__in=OPEN_STATES)
            .select_related("case", "clock__owner")
            .order_by("-received_at", "-id")
        )


def unrestricted(case: str, user: User) -> Q:
    """Conditions on the case that the field ``case`` leads to: see unrestricted_for."""
    named = NamedStaff.objects.filter(user=user).values("case")
    return (
        Q(**{case: None})
        | Q(**{f"{case}__restricted": False})
        | Q(**{f"{case}__owner": user})
        | Q(**{f"{case}__in": named})
    )


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class Contact(models.Model):
    """One communication, with the promise to answer it (H1, H14, H17).

    What comes in and is a matter of its own has a clock. A chaser, an overdue follow-up, a
    reply and a note belong to an ``original`` and have none of their own. ``case`` is empty
    while nobody knows which child it is about, and for advice given without one (S3).
    """

    class Channel(models.TextChoices):
        TELEPHONE = "telephone", "Telephone call"
        VOICEMAIL = "voicemail", "Voicemail"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"
        FACE_TO_FACE = "face_to_face", "Conversation face to face"
        VIDEO = "video", "Video call"
        NEWSLETTER = "newsletter", "Newsletter"
        PORTAL_MESSAGE = "portal_message", "Portal message"
        NOTE = "note", "Note"

    class Direction(models.TextChoices):
        IN = "in", "To us"
        OUT = "out", "From us"

    class Sender(models.TextChoices):
        PARENT = "parent", "Parent or carer"
        YOUNG_PERSON = "young_person", "Young person"
        ESTABLISHMENT = "establishment", "School, college or early years setting"
        PROFESSIONAL = "professional", "Another professional"
        OTHER = "other", "Someone else"
        # Who wrote what goes out, and internal notes.
        STAFF = "staff", "The SEND service"

    class Answer(models.TextChoices):
        TELEPHONE = "telephone", "By telephone"
        EMAIL = "email", "By e-mail"
        LETTER = "letter", "By letter"
        IN_PERSON = "in_person", "In person or by video call"

    class Category(models.TextChoices):
        INFORMAL = "informal", "A question or message"
        ADVICE_LINE = "advice_line", "Advice line, about no named child"
        ASSESSMENT_REQUEST = "assessment_request", "Asks for an EHC needs assessment"
        REASSESSMENT_REQUEST = "reassessment_request", "Asks for a reassessment"
        REPRESENTATION = "representation", "Comments on a draft plan"
        COMPLAINT = "complaint", "Complaint"
        SUBJECT_ACCESS = "subject_access", "Asks to see their data"
        INFORMATION_REQUEST = "information_request", "Freedom of information request"
        MEDIATION = "mediation", "Mediation"
        TRIBUNAL = "tribunal", "Tribunal"
        SAFEGUARDING = "safeguarding", "Safeguarding"

    class Link(models.TextChoices):
        """What a contact is to its original."""

        NONE = "", "A matter of its own"
        CHASER = "chaser", "Chaser"
        FOLLOW_UP = "follow_up", "Follow-up after the date"
        FURTHER = "further", "Taken further"
        REPLY = "reply", "Reply"
        NOTE = "note", "Note"

    class Urgency(models.TextChoices):
        NONE = "", "Not decided"
        ACCEPTED = "accepted", "Accepted as urgent"
        DECLINED = "declined", "Not accepted as urgent"

    reference = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    channel = models.CharField("how it came", max_length=20, choices=Channel)
    direction = models.CharField(
        max_length=3, choices=Direction, default=Direction.IN, db_default="in"
    )
    # Among staff only: never shown to families or schools (H12).
    internal = models.BooleanField(default=False, db_default=False)
    category = models.CharField(
        max_length=24, choices=Category, default=Category.INFORMAL, db_default="informal"
    )
    sender = models.CharField("who it is from", max_length=20, choices=Sender)
    sender_name = models.CharField("their name", max_length=120)
    sender_phone = models.CharField("their telephone number", max_length=40, blank=True)
    sender_email = models.EmailField("their e-mail address", blank=True)
    # The known person around the child, when staff or the mail room could tell.
    sender_person = models.ForeignKey(
        RelatedPerson, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    establishment = models.ForeignKey(
        Establishment, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    # A list, a robot or somebody who must not be contacted: nothing goes to them by itself.
    no_mail = models.BooleanField(default=False, db_default=False)
    # Which child, as told, while no case is known.
    told_child = models.CharField(max_length=200, blank=True, db_default="")
    subject = models.CharField(max_length=300, blank=True, db_default="")
    message = models.TextField("what they said or asked")
    received_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    # Empty when the mail room filed it: then nobody's hands were in it.
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # A form posts this once; a second click finds the first contact instead of making another.
    submission = models.UUIDField(unique=True)
    clock = models.OneToOneField(
        Clock, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    original = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="linked"
    )
    link = models.CharField(max_length=10, choices=Link, blank=True, db_default="", default="")
    # A chaser or copy that the person responsible has opened (H49).
    seen_at = models.DateTimeField(null=True, blank=True)

    # E-mail: its own Message-ID and the one it answers.
    message_id = models.CharField(max_length=998, blank=True, db_default="")
    in_reply_to = models.CharField(max_length=998, blank=True, db_default="")
    # The version of the acknowledgement's text that was sent.
    acknowledgement_version = models.PositiveSmallIntegerField(null=True, blank=True)

    line = models.ForeignKey(
        VoicemailLine, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    theme = models.CharField(max_length=60, blank=True, db_default="")

    # The tray for what belongs to no case yet is on a clock of its own (H67).
    filing_clock = models.OneToOneField(
        Clock, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    urgent_claimed = models.BooleanField(default=False, db_default=False)
    urgent_reason = models.ForeignKey(
        UrgentReason, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    urgency = models.CharField(
        max_length=10, choices=Urgency, blank=True, db_default="", default=""
    )
    urgency_note = models.TextField(blank=True, db_default="")
    urgency_at = models.DateTimeField(null=True, blank=True)
    urgency_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

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

    # A mistake is struck through, never deleted (H11).
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    struck_reason = models.TextField(blank=True, db_default="")

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
            ),
            models.CheckConstraint(
                condition=Q(direction="out")
                | Q(internal=True)
                | ~Q(link="")
                | Q(clock__isnull=False),
                name="contact_promised_or_linked",
            ),
            models.CheckConstraint(
                condition=Q(link="", original__isnull=True)
                | (~Q(link="") & Q(original__isnull=False)),
                name="contact_linked_to_something",
            ),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True, struck_by__isnull=True, struck_reason="")
                | (Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_reason="")),
                name="contact_struck_in_full",
            ),
            models.CheckConstraint(
                condition=Q(urgency="", urgency_at__isnull=True)
                | (~Q(urgency="") & Q(urgency_at__isnull=False)),
                name="contact_urgency_decided",
            ),
        ]
        indexes = [
            # The timeline of one case, newest first.
            models.Index(fields=["case", "-received_at", "-id"], name="contact_timeline"),
            # What a person has logged, newest first.
            models.Index(fields=["logged_by", "-logged_at"], name="contact_logged"),
            # The advice line's list and figures.
            models.Index(
                fields=["-received_at", "-id"],
                condition=Q(category="advice_line"),
                name="contact_advice",
            ),
            # Whose thread is this? (an incoming e-mail's In-Reply-To and References)
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="contact_thread"),
            # How often has this address written, and about what? (rate limit, chasers)
            models.Index(
                Upper("sender_email"),
                models.F("received_at").desc(),
                condition=~Q(sender_email=""),
                name="contact_sender_email",
            ),
            # "How many wait to be filed?", on every page (ContactQuerySet.unfiled).
            models.Index(
                fields=["filing_clock"],
                condition=Q(case__isnull=True, struck_at__isnull=True, filing_clock__isnull=False),
                name="contact_in_tray",
            ),
            # What came in during a month (reports.messages).
            models.Index(
                fields=["received_at"], condition=Q(direction="in"), name="contact_came_in"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def promise(self) -> Clock:
        """The clock of a contact that has one: a matter of its own."""
        if self.clock is None:
            raise ValueError(f"{self.reference} has no promise of its own.")
        return self.clock

    @property
    def is_open(self) -> bool:
        return self.clock is not None and self.clock.is_open

    @property
    def is_formal(self) -> bool:
        return self.category in FORMAL

    @property
    def needs_triage(self) -> bool:
        """Somebody says it is urgent, and nobody has decided yet (H63)."""
        return self.urgent_claimed and not self.urgency and self.is_open


# Matters with a clock of their own, which bypass chasers and the ladder (H68, H103).
FORMAL = frozenset(Contact.Category) - {Contact.Category.INFORMAL, Contact.Category.ADVICE_LINE}
CHASING = frozenset({Contact.Link.CHASER, Contact.Link.FOLLOW_UP})

"""Children and young people, the people around them and the places they learn."""

from datetime import date
from typing import TYPE_CHECKING

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from cases.ages import curriculum_year, curriculum_year_in_words, rights_begin
from cases.search_models import CLOSED_POSTCODE, folded_names, learns_words, words_of

if TYPE_CHECKING:
    from cases.case_models import Case


class Area(models.Model):
    """A local area of schools that plan together (in Hertfordshire a DSPL)."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


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
    area = models.ForeignKey(
        Area, null=True, blank=True, on_delete=models.PROTECT, related_name="establishments"
    )

    folded_name = folded_names("name")

    class Meta:
        ordering = ["name"]
        indexes = [
            # Search by part of a school's name (cases.search).
            GinIndex(OpClass("folded_name", name="gin_trgm_ops"), name="establishment_trigram"),
            GinIndex(words_of("folded_name"), name="establishment_words"),
            # Whose mail is this? (an incoming e-mail from a school's address)
            models.Index(Upper("email"), condition=~Q(email=""), name="establishment_email"),
        ]
        triggers = learns_words("folded_name")

    def __str__(self) -> str:
        return self.name


@pghistory.track(
    pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(), exclude=["folded_names"]
)
class Person(models.Model):
    """A child or young person."""

    class Sex(models.TextChoices):
        FEMALE = "F", "Female"
        MALE = "M", "Male"

    class Care(models.TextChoices):
        NONE = "", "Not in care"
        OURS = "ours", "In the care of this council"
        ELSEWHERE = "elsewhere", "In the care of another council"
        PREVIOUSLY = "previously", "Previously in care"

    class Flag(models.TextChoices):
        SAFEGUARDING = "safeguarding", "Safeguarding concern"
        SEPARATED_PARENTS = "separated_parents", "Parents live apart"
        NO_CONTACT = "no_contact", "Somebody must not be contacted"
        INTERPRETER = "interpreter", "Family uses an interpreter"
        OUT_OF_EDUCATION = "out_of_education", "Out of education"

    local_id = models.CharField("local id", max_length=40, unique=True)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    known_as = models.CharField(max_length=80, blank=True)
    date_of_birth = models.DateField()
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    upn = models.CharField("UPN", max_length=13, blank=True)
    address = models.TextField(blank=True, db_default="")
    postcode = models.CharField(max_length=10, blank=True)
    # Years taught out of the cohort: -1 is a year below. The year itself follows from it and
    # the date of birth, so nothing has to be moved up every September.
    year_offset = models.SmallIntegerField("years out of cohort", default=0, db_default=0)
    care = models.CharField(
        "care status", max_length=12, choices=Care, blank=True, db_default="", default=""
    )
    area = models.ForeignKey(
        Area, null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    flags = ArrayField(
        models.CharField(max_length=20, choices=Flag), default=list, blank=True, db_default=[]
    )
    folded_names = folded_names("given_name", "family_name", "known_as")

    class Meta:
        verbose_name_plural = "people"
        ordering = ["family_name", "given_name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year_offset__gte=-3) & Q(year_offset__lte=3),
                name="person_year_offset_small",
            )
        ]
        indexes = [
            # Search by part of a name, and by words like those typed (cases.search).
            GinIndex(OpClass("folded_names", name="gin_trgm_ops"), name="person_names_trigram"),
            GinIndex(words_of("folded_names"), name="person_name_words"),
            # Search by a postcode or its beginning.
            models.Index(OpClass(CLOSED_POSTCODE, name="text_pattern_ops"), name="person_postcode"),
            models.Index(fields=["date_of_birth"], name="person_birth"),
            models.Index(fields=["upn"], condition=~Q(upn=""), name="person_upn"),
        ]
        triggers = learns_words("folded_names")

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.known_as or self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        """For calendars and mail, where no name may stand (H53)."""
        return f"{(self.known_as or self.given_name)[:1]}{self.family_name[:1]}".upper()

    @property
    def rights_begin(self) -> date:
        """The day on which their rights as a young person begin (facts 1.3)."""
        return rights_begin(self.date_of_birth)

    def has_rights(self, on: date) -> bool:
        """True when, on local date ``on``, the young person decides and is written to."""
        return on >= self.rights_begin

    def year_group(self, on: date) -> str:
        """ "Year 6", or "Year 5 (out of cohort)"."""
        year = curriculum_year(self.date_of_birth, on, self.year_offset)
        words = curriculum_year_in_words(year)
        return f"{words} (out of cohort)" if self.year_offset else words

    def flag_labels(self) -> list[str]:
        return [self.Flag(flag).label for flag in self.flags if flag in self.Flag]


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class LocalId(models.Model):
    """What another system of the council calls a child; the main one is Person.local_id."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="local_ids")
    system = models.CharField(max_length=40)
    value = models.CharField(max_length=40)

    class Meta:
        ordering = ["system", "value"]
        constraints = [
            models.UniqueConstraint(fields=["system", "value"], name="local_id_once_a_system")
        ]
        indexes = [
            # Search by an id of any system (cases.search).
            models.Index(fields=["value"], name="local_id_value"),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.value}"


class RelatedPersonQuerySet(models.QuerySet["RelatedPerson"]):
    def current(self, on: date) -> "RelatedPersonQuerySet":
        """Those not ended before local date ``on``."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=on))

    def around(self, case: "Case") -> "RelatedPersonQuerySet":
        """Everybody around the child of ``case``, whichever of its merged records has them."""
        # By way of the cases, each found by an index: an "or" over the join would use none.
        records = type(case).objects.filter(Q(pk=case.pk) | Q(merged_into=case.pk))
        return self.filter(person__in=records.values("person")).select_related("person__case")

    def addressees(self, case: "Case", on: date) -> "list[RelatedPerson]":
        """Who may be written to about the child on local date ``on``: a message for each.

        One query. Whose rights have begun is decided by the record that is kept.
        """
        people = list(self.around(case))
        # Who must not be contacted has that address, whichever record or line says it.
        barred = {one.email.casefold() for one in people if one.no_contact and one.email}
        found: dict[tuple[str, str], RelatedPerson] = {}
        for related in people:
            related.person.date_of_birth = case.person.date_of_birth
            address = related.email.casefold()
            if related.may_be_written_to(on) and address not in barred:
                # The same person in both records of one child is written to once.
                found.setdefault((related.name.casefold(), address), related)
        return list(found.values())

    def known_senders(self, case: "Case", on: date) -> "RelatedPersonQuerySet":
        """The people whom a contact about ``case`` may be from, with their numbers and addresses.

        Those who must not be contacted are among them: they may contact us.
        """
        return self.around(case).current(on).exclude(phone="", email="")


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())
class RelatedPerson(models.Model):
    """Somebody around a child, each with their own rights, address and ways to be reached.

    A message is addressed to one of them at a time, so that nobody's address is shown to
    another. Ended, never deleted.
    """

    class Relation(models.TextChoices):
        SELF = "self", "The young person"
        MOTHER = "mother", "Mother"
        FATHER = "father", "Father"
        STEP_PARENT = "step_parent", "Step-parent"
        CARER = "carer", "Carer"
        FOSTER_CARER = "foster_carer", "Foster carer"
        GRANDPARENT = "grandparent", "Grandparent"
        SOCIAL_WORKER = "social_worker", "Social worker"
        ADVOCATE = "advocate", "Advocate or representative"
        OTHER = "other", "Somebody else"

    class Channel(models.TextChoices):
        ANY = "", "Any way"
        TELEPHONE = "telephone", "Telephone"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"

    class Format(models.TextChoices):
        STANDARD = "", "Standard print"
        LARGE_PRINT = "large_print", "Large print"
        EASY_READ = "easy_read", "Easy read"
        AUDIO = "audio", "Audio"
        BRAILLE = "braille", "Braille"
        BSL = "bsl", "British Sign Language"

    class ActsBecause(models.TextChoices):
        """Why a parent still acts once the young person's rights have begun."""

        NOTHING = "", "They do not"
        AGREED = "agreed", "The young person has agreed"
        CAPACITY = "capacity", "The young person lacks capacity for the decision"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="related_people")
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=20, choices=Relation)
    phone = models.CharField("telephone number", max_length=40, blank=True)
    email = models.EmailField("e-mail address", blank=True)
    address = models.TextField(blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    parental_responsibility = models.BooleanField(default=False)
    receives_letters = models.BooleanField("may receive letters", default=False)
    sees_address = models.BooleanField("may see the child’s address", default=False)
    no_contact = models.BooleanField("must not be contacted", default=False)
    court_order = models.TextField(blank=True)
    court_order_ends = models.DateField(null=True, blank=True)
    preferred_channel = models.CharField(max_length=12, choices=Channel, blank=True)
    preferred_format = models.CharField(max_length=12, choices=Format, blank=True)
    language = models.CharField(max_length=60, blank=True)
    needs_interpreter = models.BooleanField(default=False)
    acts_because = models.CharField(max_length=10, choices=ActsBecause, blank=True)
    acts_since = models.DateField(null=True, blank=True)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    objects = RelatedPersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "related people"
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~(Q(no_contact=True) & Q(receives_letters=True)),
                name="related_person_no_letters_without_contact",
            ),
            models.CheckConstraint(
                condition=Q(acts_because="") | Q(acts_since__isnull=False),
                name="related_person_acts_since",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(relation="self", ended_on__isnull=True),
                name="related_person_one_self",
            ),
        ]
        indexes = [
            # Whose mail is this? (an incoming e-mail from a known address)
            models.Index(Upper("email"), condition=~Q(email=""), name="related_person_email"),
            # Who is calling? (the number on the display)
            models.Index(fields=["phone"], condition=~Q(phone=""), name="related_person_phone"),
            # Search by the family's postcode (cases.search).
            models.Index(
                OpClass(CLOSED_POSTCODE, name="text_pattern_ops"), name="related_person_postcode"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def may_be_written_to(self, on: date) -> bool:
        """True when letters and messages about the child may go to them on local date ``on``.

        From the day the young person's rights begin they go to the young person, and to others
        only while those act for them (Children and Families Act 2014, sections 80 and 83).
        """
        if self.no_contact or (self.ended_on and self.ended_on <= on):
            return False
        if self.relation == self.Relation.SELF:
            return self.person.has_rights(on)
        if self.person.has_rights(on):
            return self.receives_letters and bool(self.acts_because)
        return self.receives_letters

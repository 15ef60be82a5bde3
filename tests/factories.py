"""Invented people, places and promises for the tests."""

from datetime import UTC, date, datetime
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory, Password

from accounts.models import Role, Team, User
from cases.models import Case, Contact, Establishment, Person, RelatedPerson
from clocks.models import Clock, Standard

PASSWORD = "correct horse battery staple"


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")
    duty_line = "01632 960100"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@wexmoor.example.org")
    full_name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.COORDINATOR
    team = factory.SubFactory(TeamFactory)
    phone = "01632 960200"
    password = Password(PASSWORD)


class EstablishmentFactory(DjangoModelFactory[Establishment]):
    class Meta:
        model = Establishment

    urn = factory.Sequence(lambda n: 9_000_000 + n)
    name = factory.Sequence(lambda n: f"Thornley School {n}")
    kind = Establishment.Kind.PRIMARY


class PersonFactory(DjangoModelFactory[Person]):
    class Meta:
        model = Person

    local_id = factory.Sequence(lambda n: f"L{n:07d}")
    given_name = "Amara"
    family_name = "Okafor"
    date_of_birth = date(2014, 2, 3)


class RelatedPersonFactory(DjangoModelFactory[RelatedPerson]):
    """A mother who may be written to."""

    class Meta:
        model = RelatedPerson

    person = factory.SubFactory(PersonFactory)
    name = "Ngozi Okafor"
    relation = RelatedPerson.Relation.MOTHER
    receives_letters = True
    started_on = date(2014, 2, 3)


class CaseFactory(DjangoModelFactory[Case]):
    class Meta:
        model = Case

    reference = factory.Sequence(lambda n: f"EHC-T{n:05d}")
    person = factory.SubFactory(PersonFactory)
    status = Case.Status.PLAN
    establishment = factory.SubFactory(EstablishmentFactory)
    owner = factory.SubFactory(UserFactory)
    team = factory.SelfAttribute("owner.team")


class ClockFactory(DjangoModelFactory[Clock]):
    """A running promise; ``due_at`` is to be given. Needs the shipped policy."""

    class Meta:
        model = Clock

    standard = factory.LazyFunction(lambda: Standard.objects.get(code="contact.telephone"))
    owner = factory.SubFactory(UserFactory)
    team = factory.SelfAttribute("owner.team")
    about = "Telephone call from a parent or carer"
    path = "/"
    received_at = datetime(2026, 11, 2, 10, tzinfo=UTC)
    started_at = factory.SelfAttribute("received_at")


class ContactFactory(DjangoModelFactory[Contact]):
    """A contact with a running clock; needs the shipped policy."""

    class Meta:
        model = Contact

    reference = factory.Sequence(lambda n: f"CON-T{n:05d}")
    case = factory.SubFactory(CaseFactory)
    channel = Contact.Channel.TELEPHONE
    sender = Contact.Sender.PARENT
    sender_name = "Ngozi Okafor"
    message = "Please ring me about the taxi."
    received_at = datetime(2026, 11, 2, 10, tzinfo=UTC)
    logged_at = factory.SelfAttribute("received_at")
    logged_by = factory.SelfAttribute("case.owner")
    submission = factory.LazyFunction(uuid4)
    clock = factory.SubFactory(
        ClockFactory,
        owner=factory.SelfAttribute("..case.owner"),
        team=factory.SelfAttribute("..case.team"),
        received_at=factory.SelfAttribute("..received_at"),
        due_at=datetime(2026, 11, 9, 17, 30, tzinfo=UTC),
    )

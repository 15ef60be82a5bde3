"""Children, their cases, and every contact about them. Django looks for models here."""

from cases.case_models import (
    Case,
    CaseMerge,
    CaseQuerySet,
    Involvement,
    LeadProfessional,
    LeadTelling,
    NamedStaff,
)
from cases.conduct_models import LEADERSHIP, ConductReferral, ContactPlan
from cases.contact_models import CHASING, FORMAL, Contact, ContactQuerySet
from cases.contact_parts import (
    Attachment,
    FormalMatter,
    FormalMatterQuerySet,
    Recipient,
    RecipientQuerySet,
)
from cases.people_models import Area, Establishment, LocalId, Person, RelatedPerson
from cases.search_models import NameWord
from cases.urgent_models import UrgentReason
from cases.voicemail_models import GreetingRecording, VoicemailCheck, VoicemailLine

__all__ = [
    "CHASING",
    "FORMAL",
    "LEADERSHIP",
    "Area",
    "Attachment",
    "Case",
    "CaseMerge",
    "CaseQuerySet",
    "ConductReferral",
    "Contact",
    "ContactPlan",
    "ContactQuerySet",
    "Establishment",
    "FormalMatter",
    "FormalMatterQuerySet",
    "GreetingRecording",
    "Involvement",
    "LeadProfessional",
    "LeadTelling",
    "LocalId",
    "NameWord",
    "NamedStaff",
    "Person",
    "Recipient",
    "RecipientQuerySet",
    "RelatedPerson",
    "UrgentReason",
    "VoicemailCheck",
    "VoicemailLine",
]

"""What can be chosen in the public form, in the words that families read (H15)."""

from typing import Final

from crispy_forms_gds.choices import Choice

from cases.models import Contact
from escalations.ladder import Addressee

Category, Channel, Sender = Contact.Category, Contact.Channel, Contact.Sender

# For these somebody nearer by may help sooner; going on is always possible (H92).
SIGNPOSTED: Final = frozenset({"school", "support", "placement"})
STATUTORY: Final = "statutory"
TOPICS = [
    Choice("school", "The help a child gets in school"),
    Choice("support", "What support there is"),
    Choice("placement", "Whether a school is the right one"),
    Choice(STATUTORY, "An assessment, a plan, a review or an appeal", divider="or"),
    Choice("complaint", "I want to complain"),
    Choice("safety", "A child is not safe"),
    Choice("assessment", "I want to ask for an assessment"),
    Choice("data", "I want to see what you hold about my child or me"),
]
# These are formal: they go straight on, past every step (H68, H103).
FORMAL_TOPICS = {
    "complaint": Category.COMPLAINT,
    "safety": Category.SAFEGUARDING,
    "assessment": Category.ASSESSMENT_REQUEST,
    "data": Category.SUBJECT_ACCESS,
}

QUESTION: Final = "question"
PROCESSES = [
    Choice(QUESTION, "Ask something, or say that something is wrong"),
    Choice(Category.REPRESENTATION.value, "Say what I think of a draft plan"),
    Choice(Category.REASSESSMENT_REQUEST.value, "Ask for a new assessment"),
    Choice(Category.MEDIATION.value, "Ask for mediation"),
    Choice(Category.TRIBUNAL.value, "Write about an appeal to the tribunal"),
]

COUNCILLOR: Final = "councillor"
SENDERS = [
    Choice(Sender.PARENT.value, "A parent or carer"),
    Choice(Sender.YOUNG_PERSON.value, "A young person, and it is about me"),
    Choice(Sender.ESTABLISHMENT.value, "I work at a school, college or nursery"),
    Choice(Sender.PROFESSIONAL.value, "I work for somebody else, such as the NHS"),
    Choice(COUNCILLOR, "A councillor or a Member of Parliament"),
    Choice(Sender.OTHER.value, "Somebody else"),
]

FIRST_TIME: Final = "no"
BEFORE = [
    Choice(FIRST_TIME, "No, this is the first time", divider="or"),
    Choice(Channel.EMAIL.value, "Yes, by e-mail"),
    Choice(Channel.TELEPHONE.value, "Yes, by phone"),
    Choice(Channel.VOICEMAIL.value, "Yes, I left a voice message"),
    Choice(Channel.LETTER.value, "Yes, by letter"),
    Choice(Channel.FACE_TO_FACE.value, "Yes, face to face"),
    Choice(Channel.PORTAL_MESSAGE.value, "Yes, with this form"),
]

NOT_ANSWERED: Final = "no"
HELPED: Final = "helped"
DID_NOT_HELP: Final = "not_helped"
ANSWERED = [
    Choice(NOT_ANSWERED, "No"),
    Choice(HELPED, "Yes, and it helped"),
    Choice(DID_NOT_HELP, "Yes, but it did not help"),
]

ANYBODY: Final = "anybody"
WHOM = [
    Choice(ANYBODY, "Whoever is right for it"),
    Choice(Addressee.TEAM_LEAD.value, "The team lead"),
    Choice(Addressee.SENIOR_MANAGER.value, "A senior manager"),
]

NOT_URGENT: Final = "none"

BY_EMAIL: Final = "email"
BY_PHONE: Final = "phone"
BY_LETTER: Final = "letter"
REACH = [(BY_EMAIL, "By e-mail"), (BY_PHONE, "By phone"), (BY_LETTER, "By letter")]
FIELD_FOR = {BY_EMAIL: "email", BY_PHONE: "phone", BY_LETTER: "address"}

"""The rows that are streamed in. Each names its table's columns, in order."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID


class PersonRow(NamedTuple):
    id: int
    local_id: str
    given_name: str
    family_name: str
    known_as: str
    date_of_birth: date
    sex: str
    upn: str
    address: str
    postcode: str
    year_offset: int
    care: str
    area_id: int
    # As PostgreSQL writes an array.
    flags: str


class RelatedRow(NamedTuple):
    id: int
    person_id: int
    name: str
    relation: str
    phone: str
    email: str
    address: str
    postcode: str
    parental_responsibility: bool
    receives_letters: bool
    sees_address: bool
    no_contact: bool
    court_order: str
    court_order_ends: date | None
    preferred_channel: str
    preferred_format: str
    language: str
    needs_interpreter: bool
    acts_because: str
    acts_since: date | None
    started_on: date
    ended_on: date | None


class InvolvementRow(NamedTuple):
    id: int
    case_id: int
    worker_id: int
    role: str
    team_id: int
    started_on: date
    ended_on: date | None
    reason: str


class CaseRow(NamedTuple):
    id: int
    reference: str
    person_id: int
    status: str
    owner_id: int | None
    team_id: int
    establishment_id: int | None
    primary_need: str
    plan_issued_on: date | None
    next_step: str
    next_step_on: date | None


class ClockRow(NamedTuple):
    id: int
    standard_id: int
    owner_id: int
    team_id: int
    about: str
    path: str
    received_at: datetime
    started_at: datetime
    due_at: datetime
    warn_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    state: str
    stopped_at: datetime | None


class EventRow(NamedTuple):
    id: int
    clock_id: int
    kind: str
    happened_at: datetime
    recorded_at: datetime
    by_id: int | None
    reason: str


class ContactRow(NamedTuple):
    id: int
    reference: str
    case_id: int
    channel: str
    sender: str
    sender_name: str
    message: str
    received_at: datetime
    logged_at: datetime
    logged_by_id: int | None
    submission: UUID
    direction: str = "in"
    internal: bool = False
    category: str = "informal"
    sender_phone: str = ""
    sender_email: str = ""
    sender_person_id: int | None = None
    establishment_id: int | None = None
    subject: str = ""
    clock_id: int | None = None
    original_id: int | None = None
    link: str = ""
    seen_at: datetime | None = None
    message_id: str = ""
    in_reply_to: str = ""
    acknowledgement_version: int | None = None
    line_id: int | None = None
    answered_at: datetime | None = None
    answered_by_id: int | None = None
    answer: str = ""
    answer_note: str = ""


class RecipientRow(NamedTuple):
    id: int
    contact_id: int
    user_id: int
    kind: str
    position: int


class FormalRow(NamedTuple):
    id: int
    contact_id: int
    category: str
    clock_id: int
    recognised_at: datetime
    recognised_by_id: int | None
    outcome: str = ""


class NoticeRow(NamedTuple):
    id: int
    key: str
    kind: str
    recipient_id: int | None
    address: str
    subject: str
    body: str
    path: str
    in_reply_to: str
    created_at: datetime
    read_at: datetime | None
    mail: str
    next_try_at: datetime | None
    tries: int
    sent_at: datetime | None
    last_error: str
    calendar: str = ""


class SlotRow(NamedTuple):
    id: int
    owner_id: int
    # As PostgreSQL writes a range.
    period: str
    made_at: datetime
    withdrawn_at: datetime | None = None


class CallRow(NamedTuple):
    id: int
    case_id: int | None
    adviser_id: int
    started_at: datetime
    ended_at: datetime
    outcome: str
    gate: str
    matter_id: int | None
    contact_id: int | None
    signpost_id: int | None
    told: str
    reminded: bool
    submission: UUID | None
    no_slot: bool = False


class AttemptRow(NamedTuple):
    id: int
    call_id: int
    party: str
    result: str
    at: datetime
    person_id: int | None
    number: str
    reason: str
    reason_words: str


class BookingRow(NamedTuple):
    id: int
    slot_id: int
    owner_id: int
    starts_at: datetime
    ends_at: datetime
    contact_id: int
    call_id: int | None
    caller_name: str
    caller_phone: str
    caller_email: str
    best_time: str
    booked_by_id: int | None
    booked_at: datetime
    promised_by: datetime
    breach: str
    breach_reason: str
    state: str
    missed_at: datetime | None
    ended_at: datetime | None
    ended_by_id: int | None
    ended_how: str
    note: str
    follows_id: int | None
    submission: UUID


class RingRow(NamedTuple):
    id: int
    booking_id: int
    number: int
    result: str
    note: str
    at: datetime
    by_id: int
    record_id: int | None
    submission: UUID

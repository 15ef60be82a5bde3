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
    postcode: str


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
    sender_phone: str
    sender_email: str
    message: str
    received_at: datetime
    logged_at: datetime
    logged_by_id: int
    submission: UUID
    clock_id: int
    answered_at: datetime | None
    answered_by_id: int | None
    answer: str
    answer_note: str


class NoticeRow(NamedTuple):
    id: int
    key: str
    kind: str
    recipient_id: int | None
    address: str
    subject: str
    body: str
    path: str
    created_at: datetime
    read_at: datetime | None
    mail: str
    next_try_at: datetime | None
    tries: int
    sent_at: datetime | None
    last_error: str

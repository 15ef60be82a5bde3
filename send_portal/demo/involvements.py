"""Who has had a part in each case: its owner now, the one before, and support."""

from datetime import date, timedelta
from random import Random

from accounts.models import User
from cases.models import Case, Involvement
from send_portal.demo.copying import Table
from send_portal.demo.rows import InvolvementRow
from send_portal.demo.staff import Office

Role = Involvement.Role

ANOTHER_OWNER_BEFORE = 0.25
WITH_SUPPORT = 0.12
WITH_PLACEMENT_OFFICER_BESIDE = 0.04
# An owner has had a case for so many days at least, unless it is younger.
OWNED_DAYS = (70, 1100)
REASONS = ("Caseload shared out anew", "Phase transfer", "The owner before left the council")


class Involvements:
    """Writes them so that there is no gap and no overlap between owners (H37)."""

    def __init__(self, rng: Random, today: date) -> None:
        self.rng = rng
        self.today = today
        self.table = Table(Involvement, InvolvementRow)

    def add(
        self, case_id: int, status: Case.Status, owner: User | None, office: Office, since: date
    ) -> None:
        """Those of one case, which began on ``since``."""
        if status == Case.Status.CEASED:
            self._of_ceased(case_id, office, since)
        if owner is None:
            return
        began = max(since, self.today - timedelta(days=self.rng.randint(*OWNED_DAYS)))
        if (began - since).days > OWNED_DAYS[0] and self.rng.random() < ANOTHER_OWNER_BEFORE:
            before = self.rng.choice(office.coordinators)
            self._row(case_id, before, Role.OWNER, office, since, began, "Allocated")
            self._row(case_id, owner, Role.OWNER, office, began, None, self.rng.choice(REASONS))
        else:
            began = since
            self._row(case_id, owner, Role.OWNER, office, began, None, "Allocated")
        if self.rng.random() < WITH_SUPPORT:
            self._row(case_id, self.rng.choice(office.support), Role.SUPPORT, office, began)
        if owner != office.placement_officer and self.rng.random() < WITH_PLACEMENT_OFFICER_BESIDE:
            self._row(case_id, office.placement_officer, Role.PLACEMENT, office, began)

    def _of_ceased(self, case_id: int, office: Office, since: date) -> None:
        ended = max(since, self.today - timedelta(days=self.rng.randint(1, 180)))
        worker = self.rng.choice(office.coordinators)
        self._row(case_id, worker, Role.OWNER, office, since, ended, "Allocated")

    def _row(
        self,
        case_id: int,
        worker: User,
        role: Involvement.Role,
        office: Office,
        started_on: date,
        ended_on: date | None = None,
        reason: str = "",
    ) -> None:
        self.table.add(
            InvolvementRow(
                next(self.table.ids),
                case_id,
                worker.pk,
                role.value,
                office.team.pk,
                started_on,
                ended_on,
                reason,
            )
        )

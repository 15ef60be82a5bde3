"""Django looks for models here; so does everybody else."""

from escalations.complaint_models import (  # noqa: F401
    Agreement,
    Complaint,
    ComplaintQuerySet,
    ComplaintStage,
    Finding,
    Learning,
    Theme,
    ThemeAction,
    ThemesDiscussed,
)
from escalations.desk_models import (  # noqa: F401
    DeskEntry,
    DeskEntryQuerySet,
    DeskPass,
)
from escalations.directory_models import (  # noqa: F401
    DirectoryPolicy,
    Remit,
    RemitQuerySet,
    listed_schools,
)
from escalations.form_models import Submission, SubmissionQuerySet  # noqa: F401
from escalations.ladder_models import (  # noqa: F401
    Escalation,
    EscalationQuerySet,
    EscalationStep,
    EscalationStepQuerySet,
    WrittenAfter,
)

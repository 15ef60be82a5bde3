"""Every case owner of today gets the involvement that says so (H37)."""

from django.db import migrations

BEGIN = """
INSERT INTO cases_involvement (case_id, worker_id, role, team_id, started_on, ended_on, reason)
SELECT id, owner_id, 'owner', team_id, CURRENT_DATE, NULL,
       'Case owner when involvements began to be recorded'
FROM cases_case WHERE owner_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_people_and_contacts")]

    operations = [migrations.RunSQL(BEGIN, "DELETE FROM cases_involvement")]

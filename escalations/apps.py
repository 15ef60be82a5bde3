from django.apps import AppConfig


class EscalationsConfig(AppConfig):
    name = "escalations"

    def ready(self) -> None:
        from cases.objections import add_objection
        from cases.panels import add_panels
        from escalations.complaint_panels import complaint_of_contact, complaints_of_case
        from escalations.objections import objection_of_concern
        from escalations.panels import concerns_of_case, concerns_of_contact

        add_panels(case=concerns_of_case, contact=concerns_of_contact)
        add_panels(case=complaints_of_case, contact=complaint_of_contact)
        add_objection(objection_of_concern)

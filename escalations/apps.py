from django.apps import AppConfig


class EscalationsConfig(AppConfig):
    name = "escalations"

    def ready(self) -> None:
        from cases.objections import add_objection
        from cases.owing import add_owing
        from cases.panels import add_panels
        from cases.promises_above import add_promised, add_promising
        from cases.quoted import add_references
        from cases.settled_above import add_keeping
        from cases.withdrawals import add_ending
        from escalations.after_settling_actions import keep_after_settling
        from escalations.complaint_panels import complaint_of_contact, complaints_of_case
        from escalations.ladder_state import promise_of_concern
        from escalations.objections import objection_of_concern
        from escalations.owing import owing_of_concerns
        from escalations.panels import concerns_of_case, concerns_of_contact
        from escalations.promises import promises_of_concerns
        from escalations.quoted import contacts_of_concern, contacts_of_form, waiting_form
        from escalations.withdrawal_actions import end_stage_of

        add_panels(case=concerns_of_case, contact=concerns_of_contact)
        add_panels(case=complaints_of_case, contact=complaint_of_contact)
        add_objection(objection_of_concern)
        add_ending(end_stage_of)
        add_promising(promise_of_concern)
        add_promised(promises_of_concerns)
        add_owing(owing_of_concerns)
        add_keeping(keep_after_settling)
        add_references("ESC", contacts_of_concern)
        add_references("ASK", contacts_of_form, waiting_for=waiting_form)

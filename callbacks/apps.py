from django.apps import AppConfig


class CallbacksConfig(AppConfig):
    name = "callbacks"

    def ready(self) -> None:
        from callbacks.collisions import calls_without_anybody
        from callbacks.panels import calls_of_case, calls_of_contact, desk_of_contact
        from cases.panels import add_panels
        from diaries.collisions import add_collisions

        add_panels(case=calls_of_case, contact=calls_of_contact)
        add_panels(case=calls_of_case, contact=desk_of_contact)
        add_collisions(calls_without_anybody)

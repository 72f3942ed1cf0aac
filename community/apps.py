"""The community app: areas, people, roles, units, clocks and notices."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunityConfig(AppConfig):
    """What every other app stands on."""

    name = "community"
    verbose_name = _("社区")

    def ready(self) -> None:
        """Listen to what allauth says about sign-ins, passwords and second factors, and to the clock engine."""
        import community.sessions
        import community.tasks  # noqa: F401
        from community.filing import register_folder, register_reader, register_usage
        from community.personal import Part, register
        from community.workflow import erasing, exporting
        from community.workflow.appeals import reads_evidence, register_kind
        from community.workflow.files import bytes_of_files, files_in_use

        register(
            Part(
                "community",
                str(self.verbose_name),
                exporting.own_sections,
                erasing.erase_own,
                kept=erasing.own_kept,
                obstacles=erasing.own_obstacles,
                attachments=exporting.own_files,
            )
        )
        register_kind()
        register_usage("community", bytes_of_files)
        register_folder("files", files_in_use)
        register_reader("community.hiding", reads_evidence)

"""The deliberation app: halls and issues today; topics, sessions and ballots join it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliberationConfig(AppConfig):
    """Connects its answers to the clock engine."""

    name = "deliberation"
    verbose_name = _("议事厅")

    def ready(self) -> None:
        """Answer the clock engine when an issue's clock strikes, and follow places that merge or split."""
        from community.filing import register_folder, register_usage
        from community.personal import register
        from deliberation import (
            capabilities,  # noqa: F401  (importing it names what predicates allow)
            tasks,  # noqa: F401  (importing it connects its receivers)
        )
        from deliberation.personal import part
        from deliberation.result_kinds import register_result_kinds
        from deliberation.reviewing import register_kinds
        from deliberation.topic_reviewing import register_topic_kinds
        from deliberation.workflow import joining, succession  # noqa: F401  (as above)
        from deliberation.workflow.drafts import bytes_of_photos, photos_in_use
        from deliberation.workflow.sheets import bytes_of_papers

        register(part())
        register_kinds()
        register_result_kinds()
        register_topic_kinds()
        register_usage("deliberation", bytes_of_photos)
        register_usage("deliberation.papers", bytes_of_papers)
        register_folder("issues", photos_in_use)

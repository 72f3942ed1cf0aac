"""What clocks start: reminders, escalations and lapses of requests for verification and of recoveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from community.models import Clock, Recovery, User, VerificationRequest
from community.models.clocks import Stage
from community.models.recovering import RecoveryState
from community.models.verifying import RequestState
from community.roles import Role
from community.signals import clock_struck
from community.workflow.clocks import stop_clocks
from community.workflow.letters import lapse_letter, remind_of_request
from community.workflow.recovering import CONFIRM, lapse_recovery
from community.workflow.verifying import DECIDE, LETTER


@receiver(clock_struck, sender=Clock)
def answer_verification_clock(clock: Clock, at: datetime, **kwargs: Any) -> None:
    """Do what the clock of a request for verification asks for; other clocks are others'."""
    if clock.kind not in (DECIDE, LETTER):
        return
    request = VerificationRequest.objects.select_related("home").get(pk=clock.subject_id)
    if request.state != RequestState.OPEN:
        # Taken back together with a consent: nobody waits any longer.
        stop_clocks(request, DECIDE, LETTER, by=User.objects.clock(), at=at)
    elif clock.stage == Stage.LAPSED:
        lapse_letter(request, at=at)
    elif clock.stage == Stage.REMINDED:
        remind_of_request(request, Role.COMMUNITY_WORKER, at=at)
    elif clock.stage == Stage.ESCALATED:
        remind_of_request(request, Role.TOWN_OFFICER, at=at)


@receiver(clock_struck, sender=Clock)
def answer_recovery_clock(clock: Clock, at: datetime, **kwargs: Any) -> None:
    """End a recovery that nobody has confirmed in time."""
    if clock.kind != CONFIRM or clock.stage != Stage.LAPSED:
        return
    recovery = Recovery.objects.select_related("resident__user", "asked_by").get(pk=clock.subject_id)
    if recovery.state == RecoveryState.OPEN:
        lapse_recovery(recovery, at=at)

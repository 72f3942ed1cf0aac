"""What follows here when somebody without an account, for whom a worker spoke, has one."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from community.models import Resident
from community.signals import profile_joined
from deliberation.models import Issue, Objection, RollVoter


@receiver(profile_joined)
def follow_person(earlier: Resident, resident: Resident, **kwargs: Any) -> None:
    """Let what was raised for them be theirs: contact, names to mark and pages go by the account's profile."""
    Issue.objects.filter(represented=earlier).update(represented=resident)
    Objection.objects.filter(represented=earlier).update(represented=resident)
    own = RollVoter.objects.filter(resident=resident).values("ballot")
    RollVoter.objects.filter(resident=earlier).exclude(ballot__in=own).update(resident=resident)

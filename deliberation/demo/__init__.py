"""The demo's halls, issues, topics and ballots: invented histories that could have happened, under the figures of 2023."""

from __future__ import annotations

from community.demo import District, Say
from community.models import Notice, User
from community.workflow.terms import Terms
from deliberation.demo.casting import Casting
from deliberation.demo.course import Stage
from deliberation.demo.current import current_stories
from deliberation.demo.gallery import Gallery
from deliberation.demo.halls import build_halls
from deliberation.demo.histories import stories_of_year
from deliberation.demo.notices import notices
from deliberation.demo.saving import number_stories, save_stories
from deliberation.demo.topics import build_topics
from deliberation.demo.voices import add_voices
from deliberation.demo.voting import build_voting
from deliberation.demo.wording import Wording
from deliberation.models import Category


def build_deliberation(district: District, *, say: Say) -> None:
    """Insert halls, the issues of 2023 and of today with their histories, topics and ballots."""
    halls, venues, methods = build_halls(district, district.rng("halls"))
    say(f"{len(halls)} halls, {venues} places where they meet, {methods} methods")
    casting = Casting(stage_of(district))
    stories = stories_of_year(casting, district.scale, district.at)
    say(f"{len(stories)} issues of 2023 told")
    recent = current_stories(casting, district.at)
    stories = number_stories([*stories, *recent])
    add_voices(stories, district.people, district.rng("voices"), district.at)
    save_stories(stories)
    Notice.objects.bulk_create(notices(recent, district.people, district.at), batch_size=500)
    photos = sum(len(story.photos) for story in stories)
    say(f"{len(stories)} issues saved, {len(recent)} of them of these two weeks, {photos} photos")
    told = build_topics(district, halls, district.rng("topics"))
    say(f"{len(told.all)} topics deliberated")
    ballots = build_voting(district, told, district.rng("voting"))
    say(f"{ballots} ballots, one discussion, two appraisals")


def stage_of(district: District) -> Stage:
    """Return what all stories share."""
    rng = district.rng("stories")
    return Stage(
        district=district,
        terms=Terms(),
        robot=User.objects.clock(),
        gallery=Gallery(),
        wording=Wording(rng),
        categories={category.code: category for category in Category.objects.all()},
        rng=rng,
    )


__all__ = ["build_deliberation"]

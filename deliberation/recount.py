"""Counting a ballot again from what it published, and saying in sentences what does not fit."""

from __future__ import annotations

from django.db.models import Sum

from community.reasons import Reason
from deliberation import papers
from deliberation.models import Ballot, BallotResult
from deliberation.publishing import certified_papers, digest, receipts_csv
from deliberation.workflow.results import BATCH, result_of


def recount(ballot: Ballot) -> list[Reason]:
    """Return what is wrong with a counted ballot: nothing where all of it fits.

    A secret one is counted from its published papers and receipts, a named one from the stored papers.
    """
    if not BallotResult.objects.filter(ballot=ballot).exists():
        return [Reason("recount.certificate", "这场表决的计票证书不见了。")]
    found = [*wrong_roll(ballot), *wrong_numbers(ballot), *wrong_papers(ballot), *wrong_digests(ballot)]
    return found or wrong_result(ballot)


def wrong_roll(ballot: Ballot) -> list[Reason]:
    """Return whether the roll weighs other than when it was frozen."""
    sums = ballot.roll.aggregate(heads=Sum("heads", default=0), area=Sum("area", default=0))
    if (sums["heads"], sums["area"]) == (ballot.eligible_heads, ballot.eligible_area):
        return []
    return [Reason("recount.roll", "名册和表决开始时冻结的名册对不上。")]


def wrong_numbers(ballot: Ballot) -> list[Reason]:
    """Return where the roll, the papers and the receipts differ in number or repeat one."""
    voted = ballot.roll.filter(has_voted=True).count()
    cast, receipts = ballot.papers.count(), ballot.receipts.count()
    found = []
    if cast != voted:
        found.append(
            Reason("recount.papers", "名册上有 %(voted)d 人投了票，选票却有 %(cast)d 张。", voted=voted, cast=cast)
        )
    if receipts != voted:
        found.append(
            Reason("recount.receipts", "名册上有 %(voted)d 人投了票，回执却有 %(n)d 个。", voted=voted, n=receipts)
        )
    return found


def wrong_papers(ballot: Ballot) -> list[Reason]:
    """Return the papers that are none, and the named ones that weigh other than the roll says or stand there twice."""
    options, found = ballot.options.count(), []
    entries: set[int] = set()
    for paper in ballot.papers.select_related("entry").defer("entry__box").order_by("pk").iterator(BATCH):
        try:
            papers.read(
                paper.named_choice or paper.choice, method=ballot.method, options=options, most=ballot.most_points
            )
        except papers.NoPaper:
            found.append(Reason("recount.paper", "第 %(pk)d 号选票不是这场表决的选票。", pk=paper.pk))
        if paper.entry is not None:
            is_twice = paper.entry.pk in entries
            entries.add(paper.entry.pk)
            weighs_other = (paper.heads, paper.area) != (paper.entry.heads, paper.entry.area)
            if is_twice or weighs_other or not paper.entry.has_voted:
                found.append(Reason("recount.weight", "第 %(pk)d 号选票和名册对不上。", pk=paper.pk))
    return found


def wrong_digests(ballot: Ballot) -> list[Reason]:
    """Return which of the published files is not the one that was certified at the counting."""
    files = {"papers": (certified_papers(ballot), ballot.result.papers_digest),
             "receipts": (receipts_csv(ballot), ballot.result.receipts_digest)}  # fmt: skip
    return [
        Reason("recount.digest", "%(name)s.csv 和计票时公布的校验码不一样，有人改动过。", name=name)
        for name, (text, certified) in files.items()
        if digest(text) != certified
    ]


def wrong_result(ballot: Ballot) -> list[Reason]:
    """Return whether the certificate says another result than the papers come to."""
    again, result = result_of(ballot), ballot.result
    same = all(getattr(result, name) == again.get(name, "") for name in ("passed", "quorate", "figures", "winner"))
    return [] if same else [Reason("recount.result", "公布的结果和重新计票的结果不一样。")]

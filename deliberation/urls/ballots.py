"""The addresses of ballots (interfaces.md)."""

from django.urls import path

from deliberation.views import ballot_acting, ballot_papers, ballots, recounting, voting

urlpatterns = [
    path("ballots/", ballots.ballot_list, name="ballots"),
    path("ballots/new/", ballot_acting.new_ballot, name="new_ballot"),
    path("ballots/<int:ballot_id>/", ballots.ballot_detail, name="ballot"),
    path("ballots/<int:ballot_id>/vote/", voting.ballot_vote, name="ballot_vote"),
    path("ballots/<int:ballot_id>/papers.csv", ballots.ballot_papers, name="ballot_papers"),
    path("ballots/<int:ballot_id>/receipts.csv", ballots.ballot_receipts, name="ballot_receipts"),
    path("ballots/<int:ballot_id>/recount/", recounting.ballot_recount, name="ballot_recount"),
    path("ballots/<int:ballot_id>/tellers/", recounting.ballot_tellers, name="ballot_tellers"),
    path("ballots/<int:ballot_id>/paper/", ballot_papers.ballot_paper, name="ballot_paper"),
    path("ballots/<int:ballot_id>/objections/", ballot_papers.ballot_objections, name="ballot_objections"),
    path("ballots/<int:ballot_id>/<slug:verb>/", ballot_acting.ballot_action, name="ballot_action"),
]

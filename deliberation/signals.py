"""What the deliberation app tells those above it."""

from django.dispatch import Signal

# Something happened to an issue. Sent inside the verb's transaction.
# Arguments: issue (Issue), verb (str), by (User), at (datetime).
issue_changed = Signal()

# An issue has reached a final state. Sent inside the verb's transaction, after issue_changed.
# Arguments: issue (Issue), by (User), at (datetime).
issue_closed = Signal()

# A resolution has been published, with its commitments. Sent inside the verb's transaction; an app above
# (errands, posts, grants) may start something of its own from it.
# Arguments: resolution (Resolution), by (User), at (datetime).
resolution_published = Signal()

# A resolution has ended: evaluated or revoked. Sent inside the verb's transaction.
# Arguments: resolution (Resolution), by (User), at (datetime).
resolution_closed = Signal()

# Something happened to a commitment: start, update, finish, drop or reopen. Sent inside the verb's transaction.
# Arguments: commitment (Commitment), verb (str), by (User), at (datetime).
commitment_changed = Signal()

# Something happened to a topic. Sent inside the verb's transaction.
# Arguments: topic (Topic), verb (str), by (User), at (datetime).
topic_changed = Signal()
# A ballot has opened, its roll is frozen. Sent inside the verb's transaction.
# Arguments: ballot (Ballot), by (User), at (datetime).
ballot_opened = Signal()

# A ballot has been counted, its result and papers are written. Sent inside the verb's transaction; sender is Ballot.
# Not sent where its closing was put off, or where it was voided.
# Arguments: ballot (Ballot), by (User), at (datetime).
ballot_counted = Signal()

"""What the deliberation app tells those above it."""

from django.dispatch import Signal

# Something happened to an issue. Sent inside the verb's transaction.
# Arguments: issue (Issue), verb (str), by (User), at (datetime).
issue_changed = Signal()

# An issue has reached a final state. Sent inside the verb's transaction, after issue_changed.
# Arguments: issue (Issue), by (User), at (datetime).
issue_closed = Signal()

"""What the community app tells those above it."""

from django.dispatch import Signal

# A clock has struck. Sent inside the sweep's transaction, with the clock's row locked.
# Arguments: clock (community.models.Clock, its stage already the new one), at (datetime).
# A receiver answers only for the clock kinds that its own app starts.
clock_struck = Signal()

"""What the community app tells those above it."""

from django.dispatch import Signal

# A clock has struck. Sent inside the sweep's transaction, with the clock's row locked.
# Arguments: clock (community.models.Clock, its stage already the new one), at (datetime).
# A receiver answers only for the clock kinds that its own app starts.
clock_struck = Signal()

# A sweep begins: what ends or begins by itself at a moment of its own, apart from the clocks, is done now.
# Sent outside any transaction. Arguments: at (datetime). A receiver does each thing in a transaction of its
# own, looks at it again under its lock, and lets one that breaks stop no other.
sweep_begun = Signal()

# A clock's longest pause is over and it goes on by itself. Sent as clock_struck is.
# Arguments: clock (community.models.Clock, its due_at already the new one), at (datetime).
clock_resumed = Signal()

# Somebody's appointment was ended by a person: at once, or from the day after `appointment.ends_on` on.
# Sent inside the verb's transaction, with the appointment's row locked, so that a receiver can refuse by
# raising community.errors.WrongState. One that runs out on the day it was given to is not announced:
# who must know asks Appointment.objects.in_force.
# Arguments: appointment (community.models.Appointment), by (User), at (datetime),
# successor (User who takes over what was open, or None).
appointment_ended = Signal()

# Places are about to end. Sent inside the transaction, before any place or role is locked.
# Arguments: inside (a queryset of the ids of the places that end and of all inside them).
# A receiver locks those of its rows that it will change when it hears places_changed, in the order of their ids.
places_changing = Signal()

# Places have ended in others. Sent inside the transaction, when the tree stands as it will.
# Arguments: ended (list of Area, each with its successor), successors (list of Area), at (datetime).
# A receiver brings the columns of its own tables that copy the tree (town, community) in line.
places_changed = Signal()

# A person has been erased. Sent inside the erasure's transaction, after every registered Part
# (community/personal.py) has erased its share and account and profile are tombstones.
# Arguments: user (community.models.User or None), resident (community.models.Resident or None), by, at.
person_erased = Signal()

# The earlier profile of somebody without an account was joined to that of their account. Sent inside the
# verb's transaction, with both rows locked, when the earlier one is empty.
# Arguments: earlier, resident (community.models.Resident), by (User), at (datetime).
# A receiver lets its own rows that may be rewritten point to `resident`.
profile_joined = Signal()

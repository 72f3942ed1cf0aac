"""What each role may do, for the auditor's matrix; importing a module names what its predicates allow."""

from deliberation.capabilities import ballots, halls, issues, topics  # noqa: F401  (importing it registers)

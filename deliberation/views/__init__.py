"""The pages of the deliberation app."""

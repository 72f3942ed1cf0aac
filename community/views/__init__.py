"""The pages of people, places and privacy."""

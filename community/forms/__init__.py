"""Forms of people, places and privacy."""

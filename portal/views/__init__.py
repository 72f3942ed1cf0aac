"""The pages of the portal that are no Wagtail pages."""

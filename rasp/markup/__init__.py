"""Texts as HTML, for notebooks and pages; nothing here knows what they are about."""

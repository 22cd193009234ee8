"""A small tagger of names: sentences made from patterns, a network that tags them, and the report on it.

Knows tokens, tags and counts. Knows nothing of lessons, jobs or pages.
"""

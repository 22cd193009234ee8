"""Putting the app onto a Hugging Face Space: what is sent, what is set, and how the Hub answers.

Knows the Hub's client and the rules of a Space. Knows nothing of how the app serves.
"""

"""Small language models that learn live: their data, networks, files and the baseline that they must beat.

Knows tokens (characters, or the words of tunes) and numbers. Knows nothing of lessons, poems or music.
"""

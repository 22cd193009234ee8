"""How much of a wish the poem model reads. Knows numbers only, so that the page can ask without a model."""

TITLE_MOST = 12
"""Characters of a title that the model has learnt to read."""
KEYS_MOST = 3
"""Words that it has learnt to be asked for."""
KEY_MOST = 4
"""Characters of such a word."""

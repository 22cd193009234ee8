"""What visitors prefer, as a model: things to rate, what can be said of each in numbers, and rhyme as a rule.

Knows poems, tunes and pictures as values. Knows nothing of who rates, nor how what is learnt is drawn.
"""

"""What every training run that a visitor starts has in common: the loop, curves, checkpoints, files, sheets.

Knows learners by what they offer (:class:`aigc_demo.learning.run.Learner`). Knows nothing of any one lesson,
nor of who watches: a run tells by events and is told by :class:`aigc_demo.types.RunControl`.
"""

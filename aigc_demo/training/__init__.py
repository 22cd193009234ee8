"""Training of the models of our own: one straight-line, resumable command a model. The app never imports it."""

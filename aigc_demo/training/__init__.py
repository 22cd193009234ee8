"""Training of the models of our own: one resumable command a model. The app never imports it."""

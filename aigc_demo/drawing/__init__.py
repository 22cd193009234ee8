"""Draws the style pictures that ship with the app, each a pure function of its seed.

Knows brushes, patterns and scenes. The app never imports it, and no training does.
"""

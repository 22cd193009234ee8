"""Scenes: several things on a ground, from words in Chinese or English to a picture whose parts can be moved.

``parser`` makes a description of the words, ``layout`` gives each thing its place, ``painter`` has
EmojiFlow paint the things and puts them on a ground that ``grounds`` draws. A description (``values``) is
all that a scene is: it is stored with the picture, and the same description gives the same picture.
"""

"""One understanding of language: sentence vectors, sentences and words, retrieval, linear heads.

Knows texts in Chinese and English as values. Knows nothing of tasks, visitors or files; imports no torch, so
that texts stay quick to load.
"""

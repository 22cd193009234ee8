"""Pictures from words, and from other pictures."""

"""What visitors' files say: texts of documents by their places, rows of tables; bounded before it is read.

Knows formats. Knows nothing of what the words are for, of tasks or of whose files they are.
"""

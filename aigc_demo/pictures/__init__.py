"""What every task that deals in pictures needs: reading a visitor's file safely, showing work, writing.

Knows files, pixels and events. Knows nothing of any one task, of models or of networks.
"""

"""What may come in: numbers and text (``params``), people (``identity``), requests (``http``).

Every entrance passes here again on the server, whatever a browser promised.
"""

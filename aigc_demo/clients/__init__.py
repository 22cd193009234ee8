"""Ways in for programs that speak somebody else's protocol: Gradio's clients and agents (MCP).

Knows these protocols and what their users expect. Everything is a job like any other: the caller's own, in
turn, kept in their history, stopped when they leave. Results are links, which open for a day.
"""

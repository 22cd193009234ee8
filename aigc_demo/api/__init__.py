"""HTTP: jobs, history, media, health, for the page, for programs and for watchers.

Knows routes and JSON forms; every answer comes from :class:`~aigc_demo.studio.Studio`. The contract
is docs/api.md and ``/api/openapi.json``.
"""

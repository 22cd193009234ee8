"""A link as a QR code that is read off a screen, a projector or paper.

Knows segno's SVG. Knows nothing of what a link is for.
"""

from __future__ import annotations

import io

import segno
from fastapi import Response

from aigc_demo.types import UserError

_QUIET_MODULES = 4
"""White around a code, as its standard asks for."""


def qr_code(link: str) -> Response:
    """An SVG picture of the code, black on white whatever is around it, to be scaled by whoever shows it.

    Raises:
        UserError: 413 ``link_too_long`` for more than a code can hold (about 2900 bytes).
    """
    try:
        code = segno.make(link, error="m" if len(link) < _LONG else "l", micro=False)
    except segno.DataOverflowError:
        raise UserError("link_too_long", "error.link_too_long", status=413) from None
    picture = io.BytesIO()
    code.save(picture, kind="svg", border=_QUIET_MODULES, dark="#000", light="#fff", omitsize=True)
    return Response(picture.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


_LONG = 800
"""Letters from which on a code gets less redundancy, so that its modules stay large enough to be read."""

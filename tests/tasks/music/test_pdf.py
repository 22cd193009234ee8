"""The score on paper: one file with every page, in vectors, that says what it is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pypdfium2
import pytest

from aigc_demo import provenance
from aigc_demo.provenance import Metadata, stamp
from aigc_demo.tasks.music import engrave, pdf
from aigc_demo.types import Output
from tests.tasks.music.pieces import PIECES, jig, song

METADATA = Metadata(
    "job1", "music", "folkgpt", "FolkGPT", {"prompt": "一首 jig (a) <b>", "seed": 5}, 5, "2026-11-21"
)


def printed(name: str) -> bytes:
    piece = PIECES[name]
    return pdf.write(engrave.sheets(piece).pages, title=piece.title, subject="folkgpt, seed 5")


def ink(data: bytes, page: int = 0) -> np.ndarray:
    """Where a page is dark, as an independent reader draws it."""
    with pypdfium2.PdfDocument(data) as document:
        return np.asarray(document[page].render(scale=2).to_pil().convert("L")) < 128


@pytest.mark.parametrize("name", PIECES)
def test_every_page_is_there_with_its_title_in_letters_and_no_picture(name: str) -> None:
    data = printed(name)
    assert b"/Image" not in data.replace(b"/ImageB", b"").replace(b"/ImageC", b"").replace(b"/ImageI", b"")
    with pypdfium2.PdfDocument(data) as document:
        assert len(document) == len(engrave.sheets(PIECES[name]).pages)
        assert [round(side) for side in document[0].get_size()] == [595, 842]
        assert PIECES[name].title in document[0].get_textpage().get_text_bounded()
        assert document.get_metadata_dict()["Title"] == PIECES[name].title
        assert document.get_metadata_dict()["Subject"] == "folkgpt, seed 5"
        assert document.get_metadata_dict()["CreationDate"] == ""
    assert 0.005 < ink(data).mean() < 0.1


def test_the_same_piece_gives_the_same_bytes() -> None:
    assert printed("song") == printed("song")


def test_staves_stand_where_the_drawing_has_them() -> None:
    """The five lines of the first staff of the jig: four equal steps, right across the page."""
    rows = ink(printed("jig")).mean(axis=1)
    lines = [at for at in range(1, len(rows)) if rows[at] > 0.6 and rows[at - 1] <= 0.6][:5]
    steps = np.diff(lines)
    assert len(lines) == 5 and steps.max() - steps.min() <= 1


def test_chords_have_their_sharps_and_flats_on_screen_and_paper() -> None:
    signed = replace(jig(), chords=((F(1), "F#"), (F(7), "Bb7")))
    pages = engrave.sheets(signed).pages
    assert "♯".encode() in pages[0] and "♭".encode() in pages[0] and b"Leipzig" not in pages[0]
    bare = [page.replace("♯".encode(), b"").replace("♭".encode(), b"") for page in pages]
    assert ink(pdf.write(pages)).sum() > ink(pdf.write(bare)).sum() + 20


def test_the_file_carries_its_mark_and_record_and_still_opens() -> None:
    data = printed("song")
    result = stamp(Output("file", "score.pdf", "application/pdf", data=data), METADATA)
    assert result.sidecar is None and result.data.startswith(data)
    reading = provenance.read(result.data)
    assert reading is not None and reading.metadata == METADATA
    with pypdfium2.PdfDocument(result.data) as document:
        assert document.get_metadata_dict()["Title"] == song().title
    assert np.array_equal(ink(result.data), ink(data))
    assert '"Label":"1"'.encode("utf-16-be").hex().upper().encode() in result.data


def test_the_wish_can_be_taken_out_again_and_the_mark_stays() -> None:
    result = stamp(Output("file", "score.pdf", "application/pdf", data=printed("song")), METADATA).data
    bare = provenance.without_record(result)
    reading = provenance.read(bare)
    assert reading is not None and reading.metadata is None and reading.mark["Label"] == "1"
    assert b"jig" not in bare.rpartition(b"%%EOF\n\n")[2]
    again = stamp(Output("file", "score.pdf", "application/pdf", data=bare), METADATA).data
    assert again == result


@pytest.mark.parametrize("cut", [5, 100, 5_000, -30])
def test_a_file_cut_short_is_refused_or_says_nothing(cut: int) -> None:
    data = stamp(Output("file", "score.pdf", "application/pdf", data=printed("jig")), METADATA).data[:cut]
    assert provenance.read(data[:5_000]) is None
    with pytest.raises(ValueError, match="PDF"):
        provenance.pdf.embed(data[: min(len(data), 5_000)], provenance.labels_for(METADATA))


def test_a_path_that_the_engraver_never_draws_is_an_error() -> None:
    arc = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0A1 1 0 0 0 2 2"/></svg>'
    with pytest.raises(ValueError, match="path"):
        pdf.write([arc])

"""Files of words that visitors bring: read by their places, bounded, never run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from reportlab.pdfgen.canvas import Canvas

from aigc_demo.documents import tables
from aigc_demo.documents.plain import decoded
from aigc_demo.documents.reading import Section, read
from aigc_demo.types import UserError, media

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(path: Path, body: str, head: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f"{head}<w:document {W}><w:body>{body}</w:body></w:document>")
    return path


def paragraph(text: str, style: str = "") -> str:
    told = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{told}<w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(path: Path, *pages: str, **options: object) -> Path:
    canvas = Canvas(str(path), **options)
    for page in pages:
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return path


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("图书馆\r\n开放".encode("utf-8-sig"), "图书馆\n开放"),
        ("图书馆开放时间".encode("gbk"), "图书馆开放时间"),
        ("图书馆".encode("utf-16"), "图书馆"),
        ("café à 5 €".encode("cp1252"), "café à 5 €"),
        (b"a\0b", "ab"),
    ],
)
def test_text_is_read_in_the_encoding_it_was_saved_in(data: bytes, text: str) -> None:
    assert decoded(data) == text


def test_markdown_is_cut_at_its_headings(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Rules\nBe kind.\n\n## Hours\nTen to six.\n", "utf-8")
    found = [(one.heading, one.text.strip()) for one in read(path)]
    assert found == [("Rules", "Be kind."), ("Hours", "Ten to six.")]


def test_a_docx_is_read_whole_with_tables_and_without_what_was_deleted(tmp_path: Path) -> None:
    body = (
        paragraph("Hours", "Heading1")
        + f"<w:tbl><w:tr><w:tc>{paragraph('Ten to six')}</w:tc></w:tr></w:tbl>"
        + "<w:p><w:ins><w:r><w:t>Added</w:t></w:r></w:ins><w:del><w:r><w:t>Gone</w:t></w:r></w:del></w:p>"
    )
    assert read(docx(tmp_path / "a.docx", body)) == [Section("Ten to six\nAdded", "Hours")]


def test_a_pdf_is_read_page_by_page(tmp_path: Path) -> None:
    found = read(pdf(tmp_path / "a.pdf", "Open from ten.", "Closed on Sunday."))
    assert [(one.page, one.text) for one in found] == [(1, "Open from ten."), (2, "Closed on Sunday.")]


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 31_000_000)
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda at: docx(at / "a.docx", "", '<!DOCTYPE a [<!ENTITY b "c">]>'), "document_damaged"),
        (lambda at: docx(at / "a.docx", "<w:p>"), "document_damaged"),
        (lambda at: docx(at / "a.docx", paragraph(" ")), "document_empty"),
        (lambda at: bomb(at / "a.docx"), "document_too_large"),
        (lambda at: pdf(at / "a.pdf", "secret", encrypt="word"), "document_locked"),
        (lambda at: pdf(at / "a.pdf", ""), "document_empty"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(make, code: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError) as refused:
        read(make(tmp_path))
    assert refused.value.problem.code == code
    assert refused.value.status == 422


def test_a_cut_pdf_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\nnothing")
    with pytest.raises(UserError, match="damaged"):
        read(path)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_is_cut_at_its_own_separator(separator: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'question{separator}answer\nIs it 3{separator}"Yes, it is; sure"\n', "utf-8")
    if separator in ",;":
        assert tables.rows(path)[1] == ("Is it 3", "Yes, it is; sure")
    assert tables.rows(path)[0] == ("question", "answer")


def test_words_in_cells_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\nNA,007\n\n,\n", "utf-8")
    assert tables.rows(path) == [("a", "b"), ("NA", "007")]
    assert tables.rows(workbook(tmp_path / "b.xlsx", ("问题", "答案"), ("几点", 9), (None, None))) == [
        ("问题", "答案"),
        ("几点", "9"),
    ]


def test_no_spreadsheet_program_computes_what_is_exported() -> None:
    assert tables.written([("=1+1", "-2", "a")]).decode("utf-8-sig") == "'=1+1,'-2,a\r\n"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.csv", b"\n\n", "document_empty"),
        ("a.csv", b"a\n" * 20_001, "document_too_many_rows"),
        ("a.csv", b'"' + b"a" * 140_000, "document_damaged"),
        ("a.xlsx", b"PK\x03\x04nothing", "document_damaged"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(name: str, data: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError) as refused:
        tables.rows(tmp_path / name)
    assert refused.value.problem.code == code


def test_office_files_are_known_by_their_bytes(tmp_path: Path) -> None:
    written = io.BytesIO(docx(tmp_path / "a.docx", paragraph("a")).read_bytes()).getvalue()
    sheet = workbook(tmp_path / "a.xlsx", ("a",)).read_bytes()
    assert [media.sniffed(data).suffix for data in (written, sheet)] == ["docx", "xlsx"]  # type: ignore[union-attr]

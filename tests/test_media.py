"""The table of media types: every row can be stored, served, labelled and chosen by what it says."""

from __future__ import annotations

import re

import pytest

from aigc_demo import i18n, provenance
from aigc_demo.history.media import is_name
from aigc_demo.types import Output, media
from tests.declared import CATALOG

METADATA = provenance.Metadata(
    "01m8068em583ea1jd2xfcwgxqy", "image", "debug-image", "debug", {"prompt": "x"}, 7
)


@pytest.mark.parametrize("row", media.TABLE, ids=lambda row: row.suffix)
def test_a_type_is_found_by_each_of_its_names_and_by_its_files(row: media.MediaType) -> None:
    for name in (row.name, *row.aliases, f"{row.name}; charset=utf-8", row.name.upper()):
        assert media.of_type(name) is row
    assert media.of_file(f"tune.{row.suffix}") is row
    assert is_name(f"upload.{row.suffix}")
    assert media.is_known(row.name)


def test_no_name_and_no_ending_means_two_types() -> None:
    names = [name for row in media.TABLE for name in (row.name, *row.aliases)]
    endings = [ending for row in media.TABLE for ending in (row.suffix, *row.endings)]
    assert len(set(names)) == len(names)
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize("row", media.TABLE, ids=lambda row: row.suffix)
def test_a_type_that_can_be_brought_in_has_a_title_and_a_kind_and_its_kinds_have_words(
    row: media.MediaType,
) -> None:
    if row.sniff is None:
        return
    assert row.title
    assert row.kinds
    for kind in row.kinds:
        assert i18n.has(f"kind.{kind}")
        assert f".{row.suffix}" in media.accept([kind]).split(",")
        assert row.name in media.accept([kind]).split(",")


def test_what_is_unknown_is_plain_bytes_that_are_only_downloaded() -> None:
    for strange in ("text/html", "application/x-shockwave-flash", "", "image/png\r\nx: y"):
        assert media.of_type(strange) is media.OTHER
    assert media.OTHER.served == media.of_file("page.html").served == "application/octet-stream"
    assert not media.is_known("text/html")
    assert not media.is_known("image/png; name=x")


def test_what_a_browser_would_run_is_never_shown_in_place() -> None:
    active = re.compile(r"html|javascript|xml$|pdf")
    shown = {row.name for row in media.TABLE if row.inline and active.search(row.name)}
    assert shown <= {"image/svg+xml"}, "sent with a policy that lets nothing in it run"


@pytest.mark.parametrize("name", [row.name for row in media.TABLE if row.carrier is None])
def test_a_type_without_a_place_for_labels_gets_them_beside_it(name: str) -> None:
    stamped = provenance.stamp(Output("file", "a", name, data=b"whatever"), METADATA)
    assert stamped.data == b"whatever"
    assert stamped.sidecar is not None
    reading = provenance.read(stamped.sidecar, "a.json")
    assert reading is not None
    assert reading.metadata is not None
    assert reading.metadata.task == "image"


def test_every_carrier_of_the_table_is_one_that_labels_know_and_the_reverse() -> None:
    assert {row.carrier for row in media.TABLE} - {None} == set(provenance._CARRIERS)


def test_every_parameter_that_takes_a_file_says_of_which_kinds() -> None:
    found = {
        (spec.id, name): spec.params.taken_for(name)
        for spec in CATALOG.models.values()
        for name in spec.params.file_fields()
    }
    assert found
    known = {name for row in media.TABLE for name in (row.name, *row.kinds)}
    assert all(taken and known.issuperset(taken) for taken in found.values()), found


def test_a_parameter_that_holds_no_file_takes_none() -> None:
    with pytest.raises(KeyError):
        CATALOG.model("debug-image").params.taken_for("prompt")

"""How figures are judged and printed; the measurements themselves are run by hand."""

import json
from pathlib import Path

import pytest

from aigc_demo import bench
from aigc_demo.bench.page import Traffic, Visit, first_load
from aigc_demo.types import UserError


def test_a_figure_holds_up_to_its_limit() -> None:
    assert bench.at_most("x", 1.05, 1.05, "").passed
    assert not bench.at_most("x", 1.06, 1.05, "").passed
    assert bench.at_least("x", 1.0, 1.0, "").passed
    assert not bench.at_least("x", 0.99, 1.0, "").passed


def test_the_table_says_what_holds_and_what_does_not() -> None:
    figures = [bench.at_most("good", 1.0, 1.1, "a over b"), bench.at_least("bad", 0.5, 1.0, "c over d")]
    assert bench.table(figures).splitlines()[2:] == [
        "| good | 1 | ratio, at most 1.1 | yes | a over b |",
        "| bad | 0.5 | ratio, at least 1 | no | c over d |",
    ]


def test_an_unknown_figure_is_refused_with_those_there_are() -> None:
    with pytest.raises(UserError) as caught:
        bench.run(["text", "speed"])
    assert caught.value.problem.values == {"name": "speed", "choices": ", ".join(bench.NAMES)}


def test_what_a_measurement_says_comes_back_as_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    row = '[{"name": "n", "value": 1.0, "limit": 2.0, "unit": "u", "passed": true, "note": ""}]'
    finished = type("Done", (), {"returncode": 0, "stdout": "a library speaks\n" + row})
    monkeypatch.setattr("aigc_demo.bench.subprocess.run", lambda *_, **__: finished)
    assert bench.run(["pool"]) == [bench.Figure("n", 1.0, 2.0, "u", True, "")]


def test_another_checkout_is_measured_by_our_own_script_and_stands_in_a_column_beside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[list[str]] = []

    def run(command: list[str], **_: object) -> object:
        started.append(command)
        value = len(started)
        row = {"name": "n", "value": value, "limit": 2.0, "unit": "u", "passed": True, "note": "what"}
        return type("Done", (), {"returncode": 0, "stdout": json.dumps([row])})

    monkeypatch.setattr("aigc_demo.bench.subprocess.run", run)
    figures = bench.run(["history"], tmp_path)
    assert figures == [bench.Figure("n", 1, 2.0, "u", True, "what", beside=2)]
    assert bench.table(figures).splitlines()[2] == "| n | 1 | 2 | u 2 | yes | what |"
    assert started[1][3] == str(tmp_path)
    assert Path(started[1][4]).samefile(Path(bench.__file__).with_name("history.py"))


def test_the_traffic_of_a_page_is_what_came_over_the_network() -> None:
    traffic = Traffic()
    for name, url in {
        "a": "http://x/",
        "b": "http://x/kept.js",
        "c": "data:text/plain,x",
        "d": "http://x/p",
    }.items():
        traffic._asked({"requestId": name, "request": {"url": url}})
    for name, kind, kept in (
        ("a", "text/html", False),
        ("b", "text/javascript", True),
        ("d", "image/png", False),
    ):
        traffic._answered({"requestId": name, "response": {"mimeType": kind, "fromDiskCache": kept}})
        traffic._finished({"requestId": name, "encodedDataLength": 1000.0})
    traffic._finished({"requestId": "c", "encodedDataLength": 5.0})
    assert (traffic.requests(), traffic.kilobytes(), traffic.kilobytes(media=False)) == (2, 2.0, 1.0)


def test_the_figures_of_a_page_are_the_best_times_and_the_usual_bytes() -> None:
    ours = [Visit(300.0, 50, seconds, 6) for seconds in (3.0, 1.0, 2.0)]
    theirs = [Visit(1000.0, 100, seconds, 40) for seconds in (2.0, 4.0, 3.0)]
    figures = {figure.name: figure for figure in first_load([ours, theirs])}
    assert (figures["page.bytes"].value, figures["page.requests.ratio"].value) == (0.3, 0.5)
    assert (figures["page.ready"].value, figures["page.ready.seconds"].beside) == (0.5, 2.0)
    assert all(figure.passed for figure in figures.values())
    assert not {figure.unit for figure in first_load([ours])} & {"ratio, at most"}

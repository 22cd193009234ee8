"""The music tab in a real browser: words, the piano, a piece heard, seen, changed, and files from outside."""

from __future__ import annotations

import io
import json
import re
import struct
import wave
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from aigc_demo.tasks.music.score import Note, Part, Repeat, Score, to_json
from tests.e2e.browser import PATIENCE, Visit
from tests.e2e.conftest import NewVisit
from tests.tasks.music.singing import TUNE, sung, wav

pytestmark = pytest.mark.browser

LEFT = '{"model": "debug-music", "prompt": "", "bars": 4, "style": "auto", "action": "compose"}'
"""What an earlier visit would have left in the browser: a short piece by the quick composer."""


@pytest.fixture
def player(visitor: NewVisit) -> Visit:
    """A visitor on the music tab with the piano unfolded."""
    visit = visitor()
    visit.context.add_init_script(
        f"localStorage.getItem('aigc.form.music') ?? localStorage.setItem('aigc.form.music', '{LEFT}');"
        "localStorage.setItem('aigc.piano.open', 'true'); localStorage.setItem('aigc.music.change', 'true');"
    )
    visit.page.goto(f"{visit.server.url}/?tab=music")
    expect(visit.page.locator(".piano-key")).to_have_count(25, timeout=4 * PATIENCE)
    expect(visit.page.locator("#music-model input")).to_have_value("Debug composer", timeout=PATIENCE)
    return visit


def job(visit: Visit) -> Locator:
    return visit.page.locator('studio-job[data-task="music"]')


def items(visit: Visit) -> list[dict[str, Any]]:
    found = visit.page.evaluate("fetch('api/history?task=music').then((r) => r.json())")
    return list(found["items"])


def result(visit: Visit, count: int = 1) -> dict[str, Any]:
    """Wait until so many pieces are finished and the newest is shown, and return it.

    The first loads torch, which takes long on a busy machine.
    """
    expect(visit.page.locator('studio-strip[data-task="music"] .strip-card')).to_have_count(
        count, timeout=PATIENCE
    )
    expect(job(visit)).to_have_attribute("data-status", "done", timeout=4 * PATIENCE)
    expect(job(visit).locator(".tune-files")).to_be_visible(timeout=PATIENCE)
    newest = items(visit)[0]
    assert newest["status"] == "done"
    return newest


def press(visit: Visit, *pitches: int) -> None:
    for pitch in pitches:
        key = visit.page.locator(f'.piano-key[data-pitch="{pitch}"]')
        black = pitch % 12 in (1, 3, 6, 8, 10)
        key.click(position={"x": 6, "y": 40 if black else 110})


def body(visit: Visit, item: dict[str, Any], name: str) -> bytes:
    return bytes(visit.context.request.get(f"{visit.server.url}/media/{item['id']}/{name}").body())


def loudness(sound: bytes) -> float:
    """The loudest sample of a WAV file, of 1."""
    with wave.open(io.BytesIO(sound)) as file:
        return float(np.abs(np.frombuffer(file.readframes(file.getnframes()), "<i2")).max() / 32768)


def midi(*pitches: int, ppq: int = 96, division: bytes | None = None) -> bytes:
    """A MIDI file of quarter notes one after another."""
    track = (
        b"".join(bytes((0, 0x90, pitch, 64, 96, 0x80, pitch, 64)) for pitch in pitches) + b"\x00\xff\x2f\x00"
    )
    head = struct.pack(">4sIHH", b"MThd", 6, 0, 1) + (division or struct.pack(">H", ppq))
    return head + struct.pack(">4sI", b"MTrk", len(track)) + track


def give(visit: Visit, name: str, data: bytes, kind: str = "application/octet-stream") -> None:
    box = visit.page.locator('studio-upload[data-field="start"][data-task="music"] input[type=file]')
    box.set_input_files({"name": name, "mimeType": kind, "buffer": data})


def test_notes_from_the_piano_become_the_beginning_of_a_piece_that_sounds(player: Visit) -> None:
    press(player, 62, 66, 69)
    player.page.keyboard.press("q")
    expect(player.page.locator(".piano-notes li")).to_have_text(["D41/4", "F♯41/4", "A41/4", "C51/4"])
    player.page.locator('.piano-act[data-act="continue"]').click()
    piece = result(player)
    assert (piece["params"]["action"], piece["params"]["start_notes"]) == ("continue", "D4:1 F#4:1 A4:1 C5:1")
    assert 0.8 < loudness(body(player, piece, "tune.wav")) <= 1
    assert b"note" in body(player, piece, "score.svg")
    expect(job(player).locator(".tune-sheet img")).to_be_visible()
    roll = job(player).get_by_role("img", name=re.compile(r"Piano roll: \d+ notes"))
    expect(roll).to_be_visible()


def test_a_piece_plays_and_its_roll_seeks(player: Visit) -> None:
    player.page.locator("#music-go").click()
    result(player)
    slider = job(player).get_by_role("slider")
    slider.focus()
    slider.press("End")
    expect(slider).not_to_have_attribute("aria-valuenow", "0")
    job(player).locator(".roll-inside").click(position={"x": 2, "y": 40})
    expect(slider).to_have_attribute("aria-valuenow", "0")
    job(player).get_by_role("button", name="Play", exact=True).click()
    expect(job(player).get_by_role("button", name="Pause")).to_be_visible()


def test_a_piece_moves_to_another_key_with_company_and_keeps_its_tune(player: Visit) -> None:
    player.page.locator("#music-go").click()
    before = result(player)
    key = job(player).get_by_label("Key")
    wanted = "A" if key.input_value() != "A" else "D"
    key.select_option(wanted)
    job(player).get_by_label("Drums").check()
    job(player).locator('[data-act="arrange"]').click()
    after = result(player, 2)
    assert after["parent"] == before["id"]
    expect(job(player).locator(".tune-facts")).to_contain_text(wanted)
    expect(job(player).locator(".roll-parts li")).to_contain_text(["", "Drums"])


def test_words_become_settings_that_can_be_seen_and_what_they_no_longer_say_goes_back(player: Visit) -> None:
    box = player.page.locator("#music-prompt textarea")
    box.fill("a sad waltz in A minor")
    box.blur()
    expect(player.page.locator("#music-style input")).to_have_value("Waltz")
    expect(player.page.locator("#music-key input")).to_have_value("A")
    line = player.page.locator('studio-request[data-task="music"] .request-terms')
    expect(line).to_contain_text("Waltz")
    box.fill("a jig")
    player.page.locator("#music-go").click()
    piece = result(player)
    assert (piece["params"]["style"], piece["params"]["key"]) == ("jig", "auto")
    expect(player.page.locator("#music-key input")).to_have_value("As it comes")


def test_the_roll_unfolds_repeats_as_the_sound_does(player: Visit) -> None:
    notes = tuple(Note(Fraction(start, 2), Fraction(1, 2), 60 + start) for start in range(1 + 8 * 3))
    score = Score(
        "", "D", "dorian", (2, 4), 90.0, (Part("Fiddle", 110, notes),), pickup=Fraction(1, 2),
        repeats=(Repeat(0, 1), Repeat(3, 3, 3)),
    )  # fmt: skip
    drawn = player.page.evaluate(
        "(text) => import('./assets/ui/music/notes.js').then((module) => module.heard(text))",
        json.dumps(to_json(score)),
    )
    heard = score.unfolded()
    assert [(n["start"], n["pitch"]) for n in drawn["parts"][0]["notes"]] == [
        (float(note.start), note.pitch) for note in heard.parts[0].notes
    ]
    assert drawn["end"] == float(heard.pickup + heard.bars * heard.bar)


def test_a_midi_file_is_varied(player: Visit) -> None:
    give(player, "tune.mid", midi(62, 64, 66, 67, 69, 71, 73, 74), "audio/midi")
    expect(player.page.locator("#music-action input")).to_have_value("Continue")
    player.page.locator('.piano-act[data-act="vary"]').click()
    assert result(player)["params"]["action"] == "vary"


def test_a_hummed_melody_is_continued_and_what_was_heard_is_told(player: Visit) -> None:
    give(player, "hum.wav", wav(sung(TUNE)), "audio/wav")
    player.page.locator('.piano-act[data-act="continue"]').click()
    assert result(player)["params"]["action"] == "continue"
    expect(job(player)).to_contain_text(f"a melody of {len(TUNE)} notes out of the recording")


def test_bad_files_are_answered_with_a_sentence(player: Visit) -> None:
    give(player, "notes.txt", b"la la la")
    expect(
        player.page.locator('studio-upload[data-field="start"][data-task="music"] .field-error')
    ).to_contain_text("MusicXML")
    give(player, "smpte.mid", midi(60, division=b"\xe7\x28"), "audio/midi")
    player.page.locator('.piano-act[data-act="continue"]').click()
    trouble = job(player).locator(".job-trouble")
    expect(trouble).to_be_visible(timeout=PATIENCE)
    expect(trouble).not_to_contain_text("Traceback")
    assert len(trouble.inner_text().split()) > 4


def test_a_shared_piece_is_heard_and_seen(player: Visit) -> None:
    player.page.locator("#music-go").click()
    piece = result(player)
    url = player.page.evaluate(
        "(id) => fetch(`api/history/${id}/share`, {method: 'POST', body: '{}',"
        " headers: {'Content-Type': 'application/json'}}).then((r) => r.json()).then((r) => r.url)",
        piece["id"],
    )
    player.page.goto(url)
    expect(player.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    sheet = player.page.locator(".tune-sheet img")
    expect(sheet).to_be_visible()
    assert sheet.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
    expect(player.page.get_by_role("link", name="MIDI")).to_be_visible()

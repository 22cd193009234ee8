"""The command line: the same checks and results as everywhere, with exit codes that scripts can use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aigc_demo import cli, provenance
from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import sniffing
from tests.tasks.music.singing import TUNE, chord, sung, wav


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> object:
    """Run one command line in a fresh data folder: exit code, stdout, stderr."""
    monkeypatch.setenv("AIGC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("AIGC_DEBUG_MODELS", "1")
    monkeypatch.setenv("AIGC_ENGINE", "inline")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["aigc_demo", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return command


def generate(run, *more: str) -> tuple[int, dict, str]:
    code, out, err = run("generate", "text", "--model", "debug-text", "--seed", "7", "--json", *more)
    return code, json.loads(out) if out else {}, err


def test_the_same_seed_prints_the_same_text_twice(run) -> None:
    words = ("--set", "prompt=a cat", "--set", "max_new_tokens=6")
    first, second = generate(run, *words), generate(run, *words)
    assert first[0] == second[0] == 0
    assert first[1]["outputs"][0]["text"] == second[1]["outputs"][0]["text"]
    assert {"id", "status", "task", "model", "seed", "params", "outputs", "seconds", "load_seconds"} <= set(
        first[1]
    )


def test_a_poem_comes_with_its_tones_and_a_warning_where_the_wish_is_not_for_the_model(run) -> None:
    poet = ("--model", "debug-poem", "--set", "form=七绝", "--set", "strictness=enforced")
    first, second = (generate(run, *poet, "--set", "title=秋夜", "--seed", "2")[1] for _ in range(2))
    assert first["outputs"][0]["text"] == second["outputs"][0]["text"]
    assert first["outputs"][0]["meta"]["poem"]["keeps"]
    assert "warnings" not in first
    code, report, _ = generate(run, *poet, "--set", "prompt=autumn", "--set", "title=秋夜")
    assert code == 0
    assert "Debug poet" in report["warnings"][0]


def test_a_hummed_melody_is_arranged(run, tmp_path: Path) -> None:
    hum, out = tmp_path / "hum.wav", tmp_path / "tune.abc"
    hum.write_bytes(wav(sung(TUNE)))
    asked = ("--model", "debug-music", "--set", "action=arrange", "--set", f"start={hum}")
    assert run("generate", "music", *asked, "--out", str(out))[0] == 0
    assert "K:D" in out.read_text()
    hum.write_bytes(wav(chord(60, 64, 67)))
    code, _, error = run("generate", "music", *asked)
    assert code
    assert "No melody could be heard" in error


def test_of_a_tune_the_ending_chooses_the_format_and_the_same_seed_gives_the_same_bytes(
    run, tmp_path: Path
) -> None:
    result = {}
    for ending, magic in {"mid": b"MThd", "wav": b"RIFF", "musicxml": b"<?xml", "svg": b"<"}.items():
        for folder in ("first", "second"):
            target = tmp_path / folder / f"tune.{ending}"
            submission = ("--model", "debug-music", "--set", "style=jig", "--set", "bars=4", "--set", "key=D")
            code, out, _ = run(
                "generate", "music", *submission, "--seed", "5", "--out", str(target), "--json"
            )
            assert code == 0
            assert str(target) in {output["path"] for output in json.loads(out)["outputs"]}
            result[folder, ending] = target.read_bytes()
        assert result["first", ending] == result["second", ending]
        assert result["first", ending].startswith(magic)


def test_what_was_made_goes_where_it_was_asked_for(run, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "cat.txt"
    code, report, _ = generate(run, "--set", "prompt=a cat", "--out", str(target))
    assert code == 0
    assert target.read_text("utf-8") == report["outputs"][0]["text"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", "cooking"),
        ("generate", "text", "--model", "nothing"),
        ("generate", "text", "--set", "prompt"),
        ("generate", "text", "--set", "prompt="),
        ("generate", "text", "--set", "prompt=a", "--set", "temperature=hot"),
        ("generate", "text", "--set", "prompt=a", "--set", "temperature=nan"),
        ("generate", "text", "--set", "prompt=a", "--seed", "-1"),
        ("generate", "text", "--set", "prompt=a", "--set", "flavour=sweet"),
        ("models", "show", "nothing"),
        ("models", "pull"),
        ("history", "show", "nothing"),
        ("history", "import", "nothing.zip"),
        ("history", "import", __file__),
        ("no-such-command",),
    ],
)
def test_bad_input_exits_with_2_and_one_clear_sentence(run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err.strip()
    assert "Traceback" not in err


def test_a_file_that_is_not_there_is_named(run) -> None:
    code, _, err = run("generate", "style", "--set", "content=nowhere/cat.png")
    assert code == 2 and "nowhere/cat.png" in err and "someone else" not in err


def test_a_picture_is_written_as_its_ending_says(run, tmp_path: Path) -> None:
    wish = ("generate", "image", "--model", "debug-image", "--set", "prompt=a cat", "--seed", "3")
    for ending, magic in {"jpg": b"\xff\xd8\xff", "webp": b"RIFF", "png": b"\x89PNG"}.items():
        code, _, err = run(*wish, "--out", str(tmp_path / f"cat.{ending}"))
        made = (tmp_path / f"cat.{ending}").read_bytes()
        assert (code, made[: len(magic)]) == (0, magic), err
        assert provenance.read_parameters(made)["params"]["prompt"] == "a cat"


def test_a_tune_becomes_an_mp3_and_no_folder_of_that_name(run, tmp_path: Path) -> None:
    target = tmp_path / "tune.mp3"
    wish = ("--model", "debug-music", "--set", "style=jig", "--set", "bars=4", "--seed", "5")
    assert run("generate", "music", *wish, "--out", str(target))[0] == 0
    assert sniffing.is_mp3(target.read_bytes())


@pytest.mark.parametrize(("task", "ending"), [("text", "jpg"), ("image", "txt"), ("music", "docx")])
def test_an_ending_that_cannot_be_written_is_refused_before_anything_is_made(
    run, tmp_path: Path, task: str, ending: str
) -> None:
    target = tmp_path / f"x.{ending}"
    code, out, err = run("generate", task, "--set", "prompt=a", "--out", str(target))
    assert code == 2 and f".{ending}" in err and not out and not target.exists()


def test_a_file_made_here_is_made_again(run, tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    wish = ("--model", "debug-image", "--set", "prompt=a cat", "--seed", "3")
    assert run("generate", "image", *wish, "--out", str(first))[0] == 0
    assert run("generate", "--from", str(first), "--out", str(second))[0] == 0
    assert first.read_bytes() == second.read_bytes()
    assert run("generate", "text", "--from", str(first))[0] == 2


def test_beside_a_server_what_was_made_stays(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    studio = Studio(Settings())
    studio.open()
    try:
        wish = ("--model", "debug-image", "--set", "prompt=a cat", "--seed", "3")
        code, out, _ = run("generate", "image", *wish, "--json")
    finally:
        studio.close(grace=0.0)
    assert code == 0
    assert all(Path(one["path"]).is_file() for one in json.loads(out)["outputs"])


def test_an_interrupt_ends_quietly_with_130(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Studio, "wait", interrupted)
    code, _, err = run("generate", "text", "--model", "debug-text", "--set", "prompt=a")
    assert code == 130 and "Traceback" not in err


def test_a_failed_generation_exits_with_1_and_says_why(run) -> None:
    code, out, err = run("generate", "text", "--model", "debug-text-faulty", "--set", "prompt=bug", "--json")
    assert code == 1
    assert json.loads(out)["status"] == "failed"
    assert err.strip().endswith(".")


def test_models_are_listed_and_shown_for_people_and_machines(run) -> None:
    code, out, _ = run("models", "list", "--json")
    assert code == 0
    assert {"smollm2-135m", "qwen3-0.6b"} <= {row["id"] for row in json.loads(out)}
    code, out, _ = run("models", "show", "smollm2-135m")
    assert code == 0
    assert "Apache-2.0" in out


def test_history_lists_what_the_command_line_made(run) -> None:
    generate(run, "--set", "prompt=a memorable cat")
    code, out, _ = run("history", "list", "--json")
    assert code == 0
    assert json.loads(out)[0]["title"] == "a memorable cat"


def test_one_can_look_inside_what_was_made(run, tmp_path: Path) -> None:
    made = generate(run, "--model", "debug-poem", "--set", "title=秋夜", "--seed", "2")[1]
    code, out, err = run("explain", made["id"], "--out", str(tmp_path / "inside.json"), "--json")
    assert code == 0, err
    told = json.loads(out)
    assert [section["kind"] for section in told["sections"]][:1] == ["tokens"]
    assert json.loads((tmp_path / "inside.json").read_text("utf-8")) == told
    code, out, _ = run("explain", made["id"])
    assert code == 0
    assert "Token by token" in out


def test_what_cannot_be_looked_into_is_bad_input_with_one_sentence(run) -> None:
    made = generate(run, "--set", "prompt=a cat", "--set", "max_new_tokens=4")[1]
    for item, word in ((made["id"], "Debug text"), ("0" * 26, "nothing here")):
        code, out, err = run("explain", item, "--json")
        assert (code, out) == (2, "")
        assert word in err
        assert len(err.strip().splitlines()) == 1

"""Any file can be checked: which layers it has, whether they hold, whose they are, and never more."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from aigc_demo.provenance import Metadata, keys, manifests, stamp
from aigc_demo.provenance.checking import Check, check
from aigc_demo.provenance.helper import Unavailable
from aigc_demo.provenance.manifests import Ingredient, Manifests
from aigc_demo.types import Output
from tests.api.conftest import *  # noqa: F403 - a whole server in this process
from tests.api.conftest import settled
from tests.test_cli import run  # noqa: F401 - runs one command line

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
OURS, OTHERS = keys.make(), keys.make("Somebody Else")
METADATA = Metadata("01m8068em583ea1jd2xfcwgxqy", "image", "m", "Model", {"prompt": "一只猫", "seed": 7}, 7)


def picture(color: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), color).save(buffer, "PNG")
    return buffer.getvalue()


def manifest(source: str = AI) -> dict[str, object]:
    action = {"action": "c2pa.created", "digitalSourceType": source}
    assertion = {"label": "c2pa.actions.v2", "data": {"actions": [action]}}
    return {"claim_generator_info": [{"name": "Some Program"}], "assertions": [assertion]}


@pytest.fixture(scope="module")
def here() -> Iterator[Manifests]:
    """This installation."""
    found = Manifests(OURS)
    yield found
    found.close()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Manifests]:
    found = Manifests(OTHERS)
    yield found
    found.close()


def states(found: Check) -> dict[str, str]:
    return {layer.name: layer.state for layer in found.layers}


def test_a_file_without_labels_is_not_said_to_be_made_without_ai(here: Manifests, ann: TestClient) -> None:
    found = check(picture(), here)
    assert (found.verdict, found.title) == ("nothing", "PNG")
    assert set(states(found).values()) == {"absent"}
    said = ann.post("/api/verify", files={"file": ("a.png", picture())}).json()
    assert "no proof that no AI" in said["message"]


def test_our_own_label_is_there_and_proves_nothing_by_itself(here: Manifests) -> None:
    data = stamp(Output("image", "a", "image/png", data=picture()), METADATA).data
    found = check(data, here)
    assert found.verdict == "said"
    assert states(found) == {
        "c2pa": "absent",
        "aigc": "unproven",
        "iptc": "unproven",
        "parameters": "unproven",
    }
    details = found.layers[3].details
    assert details is not None and (details["prompt"], details["seed"], details["model"]) == (
        "一只猫",
        "7",
        "Model",
    )


def test_a_signature_of_ours_holds_until_a_byte_changes(here: Manifests) -> None:
    signed = here.sign(picture(), "image/png", manifest())
    found = check(signed, here)
    assert (found.verdict, found.layers[0].state, found.layers[0].ours) == ("proved", "valid", True)
    at = signed.index(b"IDAT") + 8
    found = check(signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :], here)
    assert (found.verdict, found.layers[0].state) == ("changed", "changed")


def test_a_signature_of_others_is_valid_and_not_ours(here: Manifests, elsewhere: Manifests) -> None:
    found = check(elsewhere.sign(picture(), "image/png", manifest()), here)
    layer = found.layers[0]
    assert (found.verdict, layer.state, layer.ours, layer.by) == ("proved", "valid", False, "Somebody Else")
    assert layer.details is not None and layer.details["generator"] == "Some Program"


def test_a_camera_s_signature_is_not_taken_for_a_proof_of_no_ai(
    here: Manifests, elsewhere: Manifests
) -> None:
    assert check(elsewhere.sign(picture(), "image/png", manifest(CAMERA)), here).verdict == "signed"


def test_what_a_file_was_made_from_is_named(here: Manifests, elsewhere: Manifests) -> None:
    photo = elsewhere.sign(picture(), "image/png", manifest(CAMERA))
    given = Ingredient(photo, "image/png", "photo")
    details = check(here.sign(picture("blue"), "image/png", manifest(), [given]), here).layers[0].details
    assert details is not None and details["ingredients"] == "photo"


@pytest.mark.parametrize(
    "data",
    [
        b"c2pa",
        b"\x89PNG\r\n\x1a\nc2pa",
        b"%PDF-1.4 c2pa",
        b"<svg>c2pa</svg>",
        b"c2pa" * 2_500_000,
        b"GIF89aC2PA_GIF" + b"\xff" * 9_999,
    ],
)
def test_what_only_looks_like_a_manifest_is_told_from_one(here: Manifests, data: bytes) -> None:
    found = check(data, here)
    assert found.layers[0].state in ("absent", "unreadable")
    assert found.verdict == "nothing"


def test_a_damaged_manifest_takes_nobody_down(here: Manifests) -> None:
    signed = here.sign(picture(), "image/png", manifest())
    at = signed.index(b"c2pa")
    for place in range(at, at + 1_500, 31):
        data = signed[:place] + b"\xff\xff\xff\xff" + signed[place + 4 :]
        assert check(data, here).verdict in ("changed", "nothing", "proved", "signed")
    assert check(signed, here).verdict == "proved"


def test_a_file_that_takes_too_long_is_given_up(here: Manifests, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = here.sign(picture(), "image/png", manifest())
    monkeypatch.setattr(manifests, "PATIENCE", 0.0)
    slow = Manifests(OURS)
    assert check(signed, slow).layers[0].state == "unavailable"
    monkeypatch.undo()
    assert check(signed, slow).verdict == "proved"
    slow.close()


def test_without_the_library_the_other_layers_are_read(
    here: Manifests, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = here.sign(
        stamp(Output("image", "a", "image/png", data=picture()), METADATA).data, "image/png", manifest()
    )
    monkeypatch.setattr(manifests, "installed", lambda: False)
    found = check(signed, here)
    assert states(found)["c2pa"] == "unavailable" and found.verdict == "said"
    with pytest.raises(Unavailable):
        here.sign(picture(), "image/png", manifest())


def test_pasted_text_may_carry_the_mark(here: Manifests) -> None:
    beside = stamp(Output("text", "t", "text/plain", text="hi"), METADATA).sidecar
    assert beside is not None and check(beside, here).verdict == "said"
    assert check(b"just some words", here).verdict == "nothing"


def test_keys_are_made_once_and_are_the_server_s_alone(tmp_path: Path) -> None:
    first = keys.load(tmp_path)
    assert keys.load(tmp_path) == first
    assert (tmp_path / keys.NAME).stat().st_mode & 0o77 == 0
    with pytest.raises(ValueError, match="needed"):
        keys.parse(first.key)


def test_only_the_owner_is_told_of_an_item(ann: TestClient, ben: TestClient) -> None:
    asked = {"task": "image", "model": "debug-image", "params": {"prompt": "a cat"}, "seed": 5}
    item = settled(ann, ann.post("/api/jobs", json=asked).json()["id"])
    data = ann.get(item["outputs"][0]["url"]).content
    said = ann.post("/api/verify", files={"file": ("a.png", data)}).json()
    assert (said["item"]["id"], said["item"]["unchanged"]) == (item["id"], True)
    assert ben.post("/api/verify", files={"file": ("a.png", data)}).json()["item"] is None
    assert (
        ann.post("/api/verify", files={"file": ("a.png", data + b" ")}).json()["item"]["unchanged"] is False
    )


def test_nothing_is_refused_in_a_sentence(ann: TestClient) -> None:
    for asked in ({"files": {"file": ("a", b"")}}, {"data": {"text": "  "}}, {}):
        answer = ann.post("/api/verify", **asked)  # type: ignore[arg-type]
        assert answer.status_code == 422
        assert "nothing to check" in answer.json()["error"]["message"]


def test_the_page_tells_the_same_without_a_script(ann: TestClient, elsewhere: Manifests) -> None:
    assert 'name="file"' in ann.get("/verify").text
    signed = elsewhere.sign(picture(), "image/png", manifest())
    page = ann.post("/verify?lang=zh", files={"file": ("<b>.png", signed)}).text
    assert 'data-verdict="proved"' in page and "由 AI 生成" in page and "Somebody Else" in page
    assert "<b>.png" not in page
    assert "verify." not in page.replace("/ui/share/verify.", "").replace("form.verify", "")


def test_the_command_line_tells_it_to_people_and_programs(run, tmp_path: Path, elsewhere: Manifests) -> None:  # noqa: F811
    file = tmp_path / "a.png"
    file.write_bytes(elsewhere.sign(picture(), "image/png", manifest()))
    code, out, _ = run("verify", str(file), "--json")
    assert (code, json.loads(out)["verdict"]) == (0, "proved")
    code, out, _ = run("verify", str(file))
    assert code == 0 and "Somebody Else" in out
    code, _, err = run("verify", str(tmp_path / "none.png"))
    assert (code, "none.png" in err) == (2, True)


# -- manifests beside files -----------------------------------------------------------------------


def test_a_manifest_beside_a_file_holds_for_that_file_alone(here: Manifests, ann: TestClient) -> None:
    tune = b"X:1\nK:C\nCDEF|\n"
    beside = here.sign(tune, "text/vnd.abc", manifest(), beside=True)
    assert len(beside) < 5_000
    found = check(tune, here, "tune.abc", beside=beside)
    assert (found.verdict, found.layers[0].state, found.layers[0].ours) == ("proved", "valid", True)
    assert check(tune + b"G|", here, beside=beside).layers[0].state == "changed"
    assert check(tune, here, beside=b"no manifest").layers[0].state == "unreadable"
    files = {"file": ("tune.abc", tune), "manifest": ("tune.abc.c2pa", beside)}
    assert ann.post("/api/verify", files=files).json()["verdict"] == "proved"
    shown = ann.post("/verify", files={**files, "file": ("tune.abc", tune + b"G|")})
    assert 'data-verdict="changed"' in shown.text
    files["manifest"] = ("large.c2pa", bytes(2_000_001))
    assert ann.post("/api/verify", files=files).status_code == 413


def test_the_command_line_finds_a_manifest_beside_and_knows_an_owner_by_the_certificate(
    run,  # noqa: F811 - the fixture
    elsewhere: Manifests,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tune, beside, pem = (tmp_path / name for name in ("tune.mid", "tune.mid.c2pa", "owner.pem"))
    tune.write_bytes(b"MThd" + bytes(20))
    beside.write_bytes(elsewhere.sign(tune.read_bytes(), "audio/midi", manifest(), beside=True))

    def layer(*more: str) -> dict[str, object]:
        code, out, _ = run("verify", str(tune), "--json", *more)
        assert code == 0
        return dict(json.loads(out)["layers"][0])

    assert (layer()["state"], layer()["ours"]) == ("valid", False)
    pem.write_text(OTHERS.chain)  # the certificates alone: no key is needed to know a signature
    assert layer("--certificate", str(pem))["ours"] is True
    monkeypatch.setenv("AIGC_SIGNING", str(pem))
    assert layer("--manifest", str(beside))["ours"] is True
    pem.write_text("nothing")
    code, _, error = run("verify", str(tune))
    assert code and "certificate" in error

"""What is stored is signed, says what it was made from, and stays signed where a link keeps words back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from aigc_demo import provenance
from aigc_demo.archive import import_items, select, stream
from aigc_demo.history import History
from aigc_demo.provenance import keys, manifests
from aigc_demo.provenance.checking import Check, check
from aigc_demo.provenance.manifests import Manifests
from aigc_demo.provenance.signing import SIGNABLE, Signing, manifest
from aigc_demo.settings import Settings
from aigc_demo.tasks.image.params import ImageParams
from aigc_demo.tasks.style.params import StyleParams
from aigc_demo.types import Job, Output, Params, Request, media
from tests.test_provenance import FILES

PROMPT = "a cat in Paris"


def opened(folder: Path, **settings: str) -> History:
    return History.open(Settings(data_dir=folder, **{"signing": "own", **settings}))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with closing(opened(tmp_path_factory.mktemp("signed"))) as found:
        yield found


def made(
    history: History, *outputs: Output, task: str = "image", model: str = "m", params: Params | None = None
) -> Job:
    request = Request(task, model, params or ImageParams(prompt=PROMPT), "ann", "en")
    job = history.create(request)
    history.start(job.id).result()
    return history.finish(job.id, "done", outputs, seconds=1.0)


def checked(history: History, job: Job, name: str | None = None) -> Check:
    data = history.file("ann", job.id, name or job.outputs[0].name).path.read_bytes()
    return check(data, history.signer.signing.manifests)


def test_every_kind_that_can_be_signed_is_and_keeps_its_labels(history: History) -> None:
    outputs = [Output("file", "a", kind, data=FILES[kind]) for kind in sorted(SIGNABLE)]
    job = made(history, *outputs)
    for output in job.outputs:
        found = checked(history, job, output.name)
        assert (found.verdict, found.layers[0].ours) == ("proved", True), output.media_type
        assert [layer.present for layer in found.layers[1::2]] == [True, True], output.media_type
        stored = history.file("ann", job.id, output.name)
        assert stored.size == output.size


def test_other_kinds_are_stored_as_they_were_labelled(history: History) -> None:
    outputs = [Output("file", "a", kind, data=FILES[kind]) for kind in sorted(FILES.keys() - SIGNABLE)]
    job = made(history, *outputs)
    for output in job.outputs:
        found = checked(history, job, output.name)
        assert (found.verdict, found.layers[0].state) == ("said", "absent"), output.media_type


def test_in_an_archive_they_have_a_manifest_beside_them_and_come_in_again(history: History) -> None:
    kinds = sorted(set(FILES) - SIGNABLE)
    job = made(history, *(Output("file", "a", kind, data=FILES[kind]) for kind in (*kinds, "image/png")))
    pieces = b"".join(stream(history, select(history, "ann", [job.id], 10**9), "en"))
    with zipfile.ZipFile(io.BytesIO(pieces)) as archive:
        names = archive.namelist()
        for output in job.outputs:
            name = f"files/{job.id}/{output.name}"
            assert (f"{name}.c2pa" in names) is (output.media_type != "image/png"), name
            if output.media_type != "image/png":
                found = check(
                    archive.read(name), history.signer.signing.manifests, beside=archive.read(f"{name}.c2pa")
                )
                assert (found.verdict, found.layers[0].ours) == ("proved", True), name
    assert import_items(history, "ben", io.BytesIO(pieces), name="a.zip") == 1


def test_a_restyled_photo_names_it_and_not_its_name(history: History) -> None:
    upload = history.put_upload("ann", "ann-at-home.jpg", "image/jpeg", FILES["image/jpeg"])
    picture = Output("image", "styled", "image/png", data=FILES["image/png"])
    job = made(history, picture, task="style", model="debug-style", params=StyleParams(content=upload))
    data = history.file("ann", job.id, job.outputs[0].name).path.read_bytes()
    details = check(data, history.signer.signing.manifests).layers[0].details
    assert details is not None
    assert details["source"] == "compositeWithTrainedAlgorithmicMedia"
    assert details["ingredients"] == "content"
    assert b"ann-at-home" not in data


def test_the_input_s_own_manifest_goes_along_unless_the_link_keeps_the_photo_back(history: History) -> None:
    elsewhere = Manifests(keys.make("Camera Works"))
    photo = elsewhere.sign(FILES["image/jpeg"], "image/jpeg", manifest("photo", ()))
    elsewhere.close()
    upload = history.put_upload("ann", "a.jpg", "image/jpeg", photo)
    picture = Output("image", "styled", "image/png", data=FILES["image/png"])
    job = made(history, picture, task="style", model="debug-style", params=StyleParams(content=upload))
    name = job.outputs[0].name
    assert b"Camera Works" in history.file("ann", job.id, name).path.read_bytes()
    link = history.links.make("ann", job.id, show_prompt=False)
    shown = history.links.file(link.token, name)
    assert b"Camera Works" not in shown
    assert check(shown, history.signer.signing.manifests).layers[0].ours


@pytest.mark.parametrize("kind", sorted(SIGNABLE))
def test_a_link_without_words_shows_a_file_that_is_signed_and_wordless(history: History, kind: str) -> None:
    job = made(history, Output("file", "a", kind, data=FILES[kind]))
    name = job.outputs[0].name
    assert b"Paris" in history.file("ann", job.id, name).path.read_bytes()
    link = history.links.make("ann", job.id, show_prompt=False)
    shown = history.links.file(link.token, name)
    assert b"Paris" not in shown
    found = check(shown, history.signer.signing.manifests)
    assert (found.verdict, found.layers[0].ours) == ("proved", True)
    assert found.layers[1].present and not found.layers[3].present
    assert history.links.file(link.token, name) == shown, "a player joins parts of the same bytes"


@pytest.mark.parametrize("kind", sorted(SIGNABLE - {"application/pdf"}))
def test_a_change_of_labels_leaves_no_signature_that_does_not_hold(history: History, kind: str) -> None:
    job = made(history, Output("file", "a", kind, data=FILES[kind]))
    signed = history.file("ann", job.id, job.outputs[0].name).path.read_bytes()
    found = check(provenance.without_record(signed), history.signer.signing.manifests)
    assert (found.verdict, found.layers[0].state) == ("said", "absent")


def test_a_long_line_of_works_made_of_one_another_stays_small(history: History) -> None:
    source, sizes = "", []
    for _ in range(12):
        params = StyleParams(content=source) if source else StyleParams(content="")
        picture = Output("image", "styled", "image/png", data=FILES["image/png"])
        job = made(history, picture, task="style", model="debug-style", params=params)
        source = f"{job.id}/{job.outputs[0].name}"
        sizes.append(job.outputs[0].size)
    assert sizes[-1] < sizes[0] + 220_000
    assert checked(history, job).layers[0].ours


def test_the_owner_s_own_key_signs_and_off_signs_nothing(tmp_path: Path) -> None:
    own = keys.make("School of Art")
    (tmp_path / "own.pem").write_text(own.chain + own.key)
    with closing(opened(tmp_path / "a", signing=str(tmp_path / "own.pem"))) as history:
        job = made(history, Output("image", "a", "image/png", data=FILES["image/png"]))
        layer = checked(history, job).layers[0]
        assert (layer.by, layer.ours) == ("School of Art", True)
        assert not (tmp_path / "a" / keys.NAME).exists()
    with closing(opened(tmp_path / "b", signing="off")) as history:
        job = made(history, Output("image", "a", "image/png", data=FILES["image/png"]))
        assert checked(history, job).layers[0].state == "absent"


def test_without_the_library_files_are_stored_unsigned_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(manifests, "installed", lambda: False)
    signing = Signing("own", tmp_path)
    assert signing.sign(FILES["image/png"], "image/png", "a") == FILES["image/png"]
    assert "without a signature" in caplog.text


def test_nobody_starts_a_process_for_a_text(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as history:
        made(history, Output("text", "t", "text/plain", text="hi"))
        assert not (tmp_path / keys.NAME).exists()


def test_a_signed_picture_has_the_pixels_that_were_made(history: History) -> None:
    job = made(history, Output("image", "a", "image/png", data=FILES["image/png"]))
    signed = history.file("ann", job.id, job.outputs[0].name).path.read_bytes()
    with Image.open(io.BytesIO(signed)) as after, Image.open(io.BytesIO(FILES["image/png"])) as before:
        assert after.tobytes() == before.tobytes()
    assert len(signed) < len(FILES["image/png"]) + 6_000, "no thumbnail in it"
    assert media.sniffed(signed) is media.of_type("image/png")

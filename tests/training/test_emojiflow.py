"""EmojiFlow's training and pipeline at toy size: nothing is downloaded, nothing takes long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from aigc_demo.tasks.image.e5 import E5TextEncoder, unpack
from aigc_demo.tasks.image.flow import EmojiFlowPipeline, save_tokenizer
from aigc_demo.tasks.image.net import EmojiTransformer, EmojiVAE
from aigc_demo.tasks.image.prior import EmojiPrior
from aigc_demo.training.checkpoint import load_state, save_state
from aigc_demo.training.emojiflow import WEIGHTS, Training, first_weights
from aigc_demo.training.emojiflow_batches import FlowData, sort_kinds
from aigc_demo.training.emojiflow_data import Emoji, Split, compose, main_colours, make_split, recolour
from aigc_demo.training.emojiflow_decoder import decoder_batch, led_back
from aigc_demo.training.emojiflow_distil import distil_loss, teacher_way
from aigc_demo.training.emojiflow_eval import frechet_distance, precision_recall
from aigc_demo.training.emojiflow_text import Picture
from aigc_demo.training.lite_net import LiteNet


def tiny_transformer() -> EmojiTransformer:
    torch.manual_seed(0)
    model: EmojiTransformer = EmojiTransformer(text_width=32, width=32, depth=2, heads=2, meaning_width=32)
    return model


def tiny_prior() -> EmojiPrior:
    torch.manual_seed(2)
    prior: EmojiPrior = EmojiPrior(things=3, text_width=32, width=32, prototype_width=4, ends=1)
    torch.nn.init.normal_(prior.prototypes)
    return prior.requires_grad_(False)


def tiny_data() -> FlowData:
    rng = torch.Generator().manual_seed(0)
    states = torch.randn(20, 32, generator=rng).half()
    latents = torch.randn(6, 16, 8, 8, generator=rng)
    captions = [torch.tensor([1, 2]) for _ in range(6)]
    kinds = torch.zeros(6, dtype=torch.long)
    return FlowData(
        latents,
        torch.ones(6),
        captions,
        states,
        torch.tensor([0, 1, 8, 20]),
        kinds,
        [captions[0]],
        torch.tensor([0, 1, 2, 0, 1, 2]),
        torch.randn(3, 32, 8, 8, generator=rng),
    )


def tiny_pipeline() -> EmojiFlowPipeline:
    words = ["<pad>", "<unk>", "<eos>", "a", "blue", "cat", "猫"]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 2)])
    torch.manual_seed(1)
    encoder = E5TextEncoder(vocabulary=len(words), width=32, depth=1, heads=2, inner=64, positions=70).eval()
    torch.nn.init.normal_(encoder.position_table)
    transformer = tiny_transformer().eval()
    for parameter in transformer.parameters():  # zero-initialised gates would make every prompt alike
        torch.nn.init.normal_(parameter, std=0.05)
    return EmojiFlowPipeline(
        vae=EmojiVAE(16, (16, 16, 16), (16, 16, 16)).eval(),
        text_encoder=encoder,
        tokenizer=tokenizer,
        prior=tiny_prior().eval(),
        transformer=transformer,
    )


@pytest.fixture(scope="module")
def pipeline() -> EmojiFlowPipeline:
    return tiny_pipeline()


def paint(
    pipeline: EmojiFlowPipeline, seed: int = 0, prompt: str = "a blue cat", **more: Any
) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    images = pipeline(prompt, num_inference_steps=3, generator=generator, output_type="pt", **more).images
    assert isinstance(images, torch.Tensor)
    return images


def toy_emoji(code: str, name: str, colour: tuple[int, int, int]) -> Emoji:
    pixels = np.full((64, 64, 3), 255, dtype=np.uint8)
    pixels[16:48, 16:48] = colour
    return Emoji(
        code, "Animals & Nature", "animal-mammal", {"flat": pixels}, {"en": name, "zh": "猫"},
        {"en": ["pet"], "zh": ["宠物"]}, {"en": ["kitty"], "zh": []},
    )  # fmt: skip


# Training


def test_two_steps_change_the_weights_and_the_average() -> None:
    training = Training(tiny_transformer(), tiny_data(), rate=1e-2, batch=4)
    before = training.model.final.weight.clone(), training.average.shadow[0].clone()
    training.train_step()
    training.train_step()
    assert training.step == 2
    assert not torch.equal(training.model.final.weight, before[0])
    assert not torch.equal(training.average.shadow[0], before[1])


def test_resumed_training_is_the_same_as_uninterrupted(tmp_path: Path) -> None:
    whole = Training(tiny_transformer(), tiny_data(), rate=1e-2, batch=4)
    for _ in range(2):
        whole.train_step()
    save_state(tmp_path / "flow.pt", whole.state())
    whole.train_step()

    resumed = Training(tiny_transformer(), tiny_data(), rate=1e-2, batch=4)
    state = load_state(tmp_path / "flow.pt")
    assert state is not None
    resumed.load(state)
    resumed.train_step()
    assert resumed.step == whole.step
    for ours, theirs in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(resumed.average.shadow, whole.average.shadow, strict=True):
        assert torch.equal(ours, theirs)


def test_a_model_from_before_is_gone_on_with_and_what_it_lacks_begins_at_zero(tmp_path: Path) -> None:
    torch.manual_seed(3)
    before = {name: torch.randn_like(value) for name, value in EmojiTransformer().state_dict().items()}
    (tmp_path / "transformer").mkdir()
    known = {name: value for name, value in before.items() if not name.startswith("shares.")}
    save_file(known, tmp_path / "transformer" / WEIGHTS)
    state = first_weights(tiny_data(), tmp_path).state_dict()
    assert all(torch.equal(state[name], value) for name, value in known.items())
    assert not state["shares.weight"].any() and not state["shares.bias"].any()


def test_words_that_mislead_name_the_look_and_colour_of_the_picture_and_no_other_colour() -> None:
    captions = ["", "a cat", "green cat", "3d apple", "red apple, 3d", "绿色的青蛙", "frog"]
    pixels = np.zeros((64, 64, 3), dtype=np.uint8)
    pictures = [
        Picture("cat", "flat", None, pixels, [1]),
        Picture("cat", "flat", "green", pixels, [2]),
        Picture("apple", "3d", None, pixels, [3, 4]),
        Picture("frog", "flat", None, pixels, [5, 6]),
    ]
    kinds, decoys = sort_kinds(pictures, captions)
    assert kinds.tolist() == [0, 1, 2, 0]
    assert [[captions[n] for n in kind.tolist()] for kind in decoys] == [
        ["a cat", "frog"],
        ["green cat"],
        ["3d apple"],
    ]


def test_a_picture_without_words_has_no_recollection_either() -> None:
    rng = torch.Generator().manual_seed(0)
    _, _, mask, recalled = tiny_data().batch(64, 0.5, rng)
    silent = mask.sum(1) == 1
    assert 0 < silent.sum() < 64
    assert not recalled[silent].any() and recalled[~silent].flatten(1).any(1).sum() == (~silent).sum()


def test_a_picture_comes_with_the_sketch_of_the_thing_that_it_shows() -> None:
    data = tiny_data()
    chosen, (*_, recalled) = data.draw(16, 0.0, torch.Generator().manual_seed(0))
    assert torch.equal(recalled, data.sketches[data.things[chosen]])


def test_window_of_a_constant_velocity_is_that_velocity() -> None:
    class Constant(torch.nn.Module):
        def forward(self, x: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
            return torch.full_like(x, 2.0)

    data = tiny_data()
    x, *text = data.batch(3, 0.0, torch.Generator().manual_seed(0))
    way = teacher_way(
        Constant(),  # type: ignore[arg-type]
        x,
        torch.tensor([1.0, 0.5, 0.25]),
        (text[0], text[1], text[2]),
        data.empty(),
        small_steps=3,
        guidance=3.0,
    )
    assert torch.allclose(way, torch.full_like(x, 2.0), atol=1e-5)


def test_distillation_step_gives_gradients_to_the_student_only() -> None:
    student, teacher = tiny_transformer(), tiny_transformer().requires_grad_(False)
    rng = torch.Generator().manual_seed(0)
    loss = distil_loss(student, teacher, tiny_data(), 4, small_steps=2, guidance=2.0, rng=rng)
    loss.backward()
    assert student.final.weight.grad is not None and teacher.final.weight.grad is None


def test_what_a_flow_that_knows_the_picture_leads_back_is_that_picture() -> None:
    x, *text = tiny_data().batch(4, 0.0, torch.Generator().manual_seed(0))

    class Knowing(torch.nn.Module):
        def forward(self, mixed: torch.Tensor, t: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
            return (mixed - x) / t[:, None, None, None]

    back = led_back(Knowing(), x, text, torch.Generator().manual_seed(1))  # type: ignore[arg-type]
    assert torch.allclose(back, x, atol=1e-4)


def test_a_batch_for_the_decoder_pairs_changed_latents_with_their_own_pictures() -> None:
    data = tiny_data()
    pixels = torch.arange(6, dtype=torch.uint8)[:, None, None, None].expand(6, 3, 64, 64)
    rng = torch.Generator().manual_seed(0)
    latents, wanted = decoder_batch(data, pixels, tiny_transformer().eval(), 4, rng)
    numbers = ((wanted[:, 0, 0, 0] + 1) * 127.5).round().long()
    clean = data.latents[numbers]
    assert latents.shape == clean.shape and wanted.shape == (4, 3, 64, 64)
    distances = torch.cdist(latents.flatten(1), data.latents.flatten(1))
    assert not torch.equal(latents, clean)
    assert torch.equal(distances[2:].argmin(1), numbers[2:])


def test_missing_state_is_none(tmp_path: Path) -> None:
    assert load_state(tmp_path / "nothing.pt") is None


def test_words_beyond_the_mask_do_not_matter() -> None:
    model = tiny_transformer().eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    latents, text = torch.randn(1, 16, 8, 8), torch.randn(1, 4, 32)
    mask = torch.tensor([[True, True, False, False]])
    other = text + 9 * (~mask[..., None]).float()
    prior = tiny_prior().eval()
    with torch.no_grad():
        first = model(latents, torch.tensor([0.5]), text, mask, prior(text, mask, torch.tensor([0.5])))
        second = model(latents, torch.tensor([0.5]), other, mask, prior(other, mask, torch.tensor([0.5])))
    assert torch.allclose(first, second, atol=1e-5)


# Data


def test_held_out_captions_are_never_composed() -> None:
    import random

    cat = toy_emoji("1F408", "cat", (250, 200, 40))
    split = Split(frozenset(), frozenset({("1F408", "kitty"), ("1F408", "pet")}))
    rng = random.Random(0)
    texts = {compose(cat, "en", split, rng) for _ in range(200)}
    assert texts and not any("kitty" in text or "pet" in text for text in texts)


def test_split_is_fixed_by_its_seed() -> None:
    emoji = [toy_emoji(f"1F4{i:02X}", f"animal {i}", (200, 30, 30)) for i in range(40)]
    first = make_split(emoji)
    assert first == make_split(emoji) and len(first.emoji) == 10


def test_recoloured_picture_has_the_colour_and_keeps_the_background() -> None:
    orange = toy_emoji("1F408", "cat", (250, 150, 30)).pictures["flat"]
    blue = recolour(orange, "blue")
    assert blue is not None and main_colours(blue) == ["blue"]
    assert (blue[0, 0] == 255).all()


# Measures


def test_distance_of_a_set_to_itself_is_zero_and_grows_with_a_shift() -> None:
    points = torch.randn(200, 8, generator=torch.Generator().manual_seed(0))
    assert abs(frechet_distance(points, points)) < 1e-6
    assert frechet_distance(points, points + 1) == pytest.approx(8, rel=1e-3)
    assert precision_recall(points, points) == (1.0, 1.0)


def test_feature_network_has_the_expected_width() -> None:
    assert LiteNet().eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 1280)


# Networks and pipeline


def test_unpacking_follows_q4_0() -> None:
    packed = torch.zeros(1, 16, dtype=torch.uint8)
    packed[0, 0] = 0xF1  # weight 0 is 1, weight 16 is 15
    values = unpack(packed, torch.tensor([[0.5]], dtype=torch.float16))
    assert values[0, 0] == (1 - 8) * 0.5 and values[0, 16] == (15 - 8) * 0.5 and values[0, 1] == -4.0


def test_same_seed_same_picture(pipeline: EmojiFlowPipeline) -> None:
    assert torch.equal(paint(pipeline, 3), paint(pipeline, 3))
    assert not torch.equal(paint(pipeline, 3), paint(pipeline, 4))


def test_prompt_guidance_and_negative_prompt_matter(pipeline: EmojiFlowPipeline) -> None:
    plain = paint(pipeline)
    assert plain.shape == (1, 3, 64, 64)
    assert not torch.equal(plain, paint(pipeline, prompt="猫"))
    assert not torch.equal(plain, paint(pipeline, guidance_scale=1.0))
    assert not torch.equal(plain, paint(pipeline, negative_prompt="blue"))


def test_picture_in_a_batch_equals_the_picture_alone(pipeline: EmojiFlowPipeline) -> None:
    seeds = [torch.Generator().manual_seed(s) for s in (5, 6)]
    both = pipeline(["a blue cat", "猫"], num_inference_steps=3, generator=seeds, output_type="pt").images
    assert torch.allclose(both[1:], paint(pipeline, 6, prompt="猫"), atol=1e-4)


def test_callback_sees_every_step_and_may_change_latents(pipeline: EmojiFlowPipeline) -> None:
    seen: list[int] = []

    def callback(
        pipe: EmojiFlowPipeline, step: int, timestep: object, tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        seen.append(step)
        assert tensors["prediction"].shape == tensors["latents"].shape == (1, 16, 8, 8)
        assert pipe.decode(tensors["prediction"]).shape == (1, 3, 64, 64)
        return {"latents": torch.zeros_like(tensors["latents"])}

    changed = paint(
        pipeline,
        callback_on_step_end=callback,
        callback_on_step_end_tensor_inputs=["latents", "prediction"],
    )
    assert seen == [0, 1, 2]
    assert not torch.equal(changed, paint(pipeline))


def test_callback_asking_for_unknown_tensors_is_refused(pipeline: EmojiFlowPipeline) -> None:
    with pytest.raises(ValueError, match="A callback may ask for"):
        paint(pipeline, callback_on_step_end_tensor_inputs=["secrets"])


def test_given_latents_decide_the_picture(pipeline: EmojiFlowPipeline) -> None:
    latents = torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(3))
    assert torch.equal(paint(pipeline, 9, latents=latents), paint(pipeline, 3))
    with pytest.raises(ValueError, match="is needed"):
        paint(pipeline, latents=latents[:, :4])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_pipeline_works_in_half_precision(dtype: torch.dtype) -> None:
    half = tiny_pipeline().to(dtype=dtype)
    assert paint(half).isfinite().all()
    assert half.vae.encode(torch.zeros(1, 3, 64, 64, dtype=dtype)).isfinite().all()


def test_saved_pipeline_paints_the_same(pipeline: EmojiFlowPipeline, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path)
    assert not list(tmp_path.rglob("*.bin"))
    loaded = EmojiFlowPipeline.from_pretrained(tmp_path)
    assert torch.equal(paint(loaded), paint(pipeline))
    images = loaded("a cat", num_inference_steps=2, num_images_per_prompt=2).images
    assert [image.size for image in images] == [(64, 64)] * 2


def test_what_is_published_has_the_fast_transformer_and_a_manifest_of_every_file(tmp_path: Path) -> None:
    from aigc_demo.engine import manifest
    from aigc_demo.training.emojiflow_export import trained_parts, write_manifest

    tiny = tiny_pipeline()
    state, out = tmp_path / "state", tmp_path / "out"
    for name, part in (
        ("vae", tiny.vae),
        ("text_encoder", tiny.text_encoder),
        ("prior", tiny.prior),
    ):
        part.save_pretrained(state / name)
    save_tokenizer(tiny.tokenizer, state / "tokenizer")
    tiny.transformer.save_pretrained(state / "flow")
    assert trained_parts(state).transformer_fast is None
    tiny.transformer.save_pretrained(state / "fast")
    trained_parts(state).save_pretrained(out)
    write_manifest(out)
    known = manifest.files_of(manifest.read_json(out / "manifest.json") or {})
    assert {"model_index.json", "transformer_fast/diffusion_pytorch_model.safetensors"} <= set(known)
    manifest.verify(out, known, tmp_path / "memo.json")
    loaded = EmojiFlowPipeline.from_pretrained(out)
    assert loaded.transformer_fast is not None

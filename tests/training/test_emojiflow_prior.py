"""What EmojiFlow remembers, at toy size: what words bring to mind, what of it is drawn, how it is learnt."""

from __future__ import annotations

import pytest
import torch

from aigc_demo.tasks.image.debug import tiny_pipeline
from aigc_demo.tasks.image.prior import EmojiPrior, sampled_rows, uniform_from_noise
from aigc_demo.training.emojiflow_eval import sketch_painter
from aigc_demo.training.emojiflow_prior import Lesson, find_prototypes, learn, right
from aigc_demo.training.loop import options


def tiny_prior() -> EmojiPrior:
    torch.manual_seed(2)
    prior: EmojiPrior = EmojiPrior(things=3, text_width=32, width=32, prototype_width=4, ends=1)
    torch.nn.init.normal_(prior.prototypes)
    return prior.requires_grad_(False)


def test_the_prior_recalls_nothing_for_no_words_and_something_for_one() -> None:
    prior, text = tiny_prior().eval(), torch.randn(2, 4, 32)
    mask = torch.tensor([[True, False, False, False], [True, True, False, False]])
    retrieved = prior(text, mask, torch.tensor([0.5, 0.5]))
    assert retrieved.shape == (2, 32, 8, 8)
    assert not retrieved[0].any() and retrieved[1].any()


def test_the_prior_that_is_sure_of_a_thing_sketches_its_pictures() -> None:
    latents = torch.randn(3, 2048, generator=torch.Generator().manual_seed(0))
    prior = tiny_prior().eval()
    assert find_prototypes(prior, latents) == pytest.approx(1.0)
    for thing in range(3):
        prior.recognise.weight.zero_()
        prior.recognise.bias.copy_(100.0 * torch.eye(3)[thing])
        retrieved = prior(torch.randn(1, 4, 32), torch.ones(1, 4, dtype=torch.bool), torch.tensor([0.5]))
        assert torch.allclose(retrieved.flatten(), latents[thing], atol=1e-4)


def test_the_prior_draws_things_as_often_as_it_thinks_them_likely() -> None:
    prior, count = tiny_prior().eval(), 4000
    text, mask = torch.randn(1, 4, 32), torch.ones(1, 4, dtype=torch.bool)
    noise = torch.randn(count, 16, 8, 8, generator=torch.Generator().manual_seed(0))
    rows = sampled_rows(prior.concept_probabilities(text, mask).expand(count, -1), uniform_from_noise(noise))
    share = torch.bincount(rows, minlength=3) / count
    assert torch.allclose(share, prior.concept_probabilities(text, mask)[0], atol=0.03)
    retrieved = prior(text.expand(count, -1, -1), mask.expand(count, -1), uniform_from_noise(noise))
    assert torch.allclose(retrieved, prior.sketched(prior.prototypes[rows]), atol=1e-5)


def test_of_things_that_words_leave_open_the_one_in_the_picture_is_recalled() -> None:
    prior, count = tiny_prior().eval(), 200
    text, mask = torch.randn(1, 4, 32).expand(count, -1, -1), torch.ones(count, 4, dtype=torch.bool)
    prior.prototypes *= 50  # far from each other
    uniform = torch.linspace(0, 1, count)
    for thing in range(3):
        sketch = prior.sketched(prior.prototypes[thing : thing + 1])
        given = sketch[:, 16:].expand(count, -1, -1, -1)
        assert torch.allclose(prior(text, mask, uniform, given), sketch.expand(count, -1, -1, -1), atol=1e-3)


def test_a_picture_of_a_thing_makes_that_thing_the_likeliest() -> None:
    prior = tiny_prior().eval()
    prior.prototypes *= 50
    text, mask = torch.randn(1, 4, 32), torch.ones(1, 4, dtype=torch.bool)
    for thing in range(3):
        given = prior.sketched(prior.prototypes[thing : thing + 1])[:, :16]
        probabilities = prior.probabilities(text, mask, given)
        assert probabilities.argmax().item() == thing
        assert probabilities.sum().item() == pytest.approx(1.0)
    assert torch.equal(prior.probabilities(text, mask), prior.concept_probabilities(text, mask))


def test_a_weak_change_leaves_the_sketch_of_a_picture_near_that_picture() -> None:
    pipe, given = tiny_pipeline(), torch.randn(1, 16, 8, 8)
    text = pipe.encode_prompt(["a cat"], "cpu")
    noise = torch.randn(1, 16, 8, 8)
    whole = pipe.retrieve(*text, noise, given, 1.0)
    shown = given.repeat(1, 2, 1, 1)
    assert torch.allclose(pipe.retrieve(*text, noise, given, 0.25), 0.75 * shown + 0.25 * whole, atol=1e-5)


@pytest.mark.parametrize("uniform", [0.0, 0.5, 1.0])
def test_fate_draws_a_thing_even_at_its_ends(uniform: float) -> None:
    shares = torch.tensor([[0.2, 0.5, 0.2999999]])
    assert sampled_rows(shares, torch.tensor([uniform])).item() == {0.0: 0, 0.5: 1, 1.0: 2}[uniform]


def test_sketches_alone_are_the_flat_half_of_what_is_recalled_decoded() -> None:
    pipe = tiny_pipeline()
    pictures = sketch_painter(pipe, batch=1)(["a cat", "blue cat"], 7)
    noise = torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(8))
    retrieved = pipe.retrieve(*pipe.encode_prompt(["blue cat"], "cpu"), noise)
    assert pictures.shape == (2, 3, 64, 64)
    assert torch.equal(pictures[1:], pipe.decode(retrieved[:, :16]))


def test_the_prior_learns_which_thing_a_text_means() -> None:
    rng = torch.Generator().manual_seed(0)
    lesson = Lesson(torch.randn(9, 32, generator=rng), torch.tensor([[i, i % 3] for i in range(9)]))
    prior = tiny_prior().requires_grad_(True).train()
    carriers = {i: {i % 3} for i in range(9)}
    args = options("", "unused", minutes=0.02, rate=1e-2, batch=16).parse_args([])
    learn(prior, (lesson, lesson), args, lambda _: None)
    assert right(prior, lesson, carriers, 1) == 100.0

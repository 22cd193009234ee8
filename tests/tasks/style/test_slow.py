"""The feature network, the optimisation and the learning, on networks small enough to run in a blink."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from aigc_demo.tasks.style import fit, gatys, vgg
from aigc_demo.tasks.style.debug import TINY_STAGES, seeded
from aigc_demo.tasks.style.net import TINY, StyleNet

network = seeded(vgg.Vgg(TINY_STAGES))


def picture(seed: int, height: int = 40, width: int = 48) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def test_the_published_weights_become_ours(tmp_path: Path) -> None:
    """A file of the published layout: kernels (3, 3, in, out) under Keras' names."""
    source, generator = tmp_path / "weights.h5", np.random.default_rng(0)
    with h5py.File(source, "w") as file:
        for s, (inputs, width, count) in enumerate(vgg.STAGES):
            for c in range(count):
                folder = f"block{s + 1}/layers/conv2d{f'_{c}' if c else ''}/vars"
                shape = (3, 3, inputs if c == 0 else width, width)
                file[f"{folder}/0"] = generator.standard_normal(shape, np.float32) * 0.01
                file[f"{folder}/1"] = np.zeros(width, np.float32)
        kernel = file["block2/layers/conv2d_1/vars/0"][...]
    result = vgg.load_vgg(source, tmp_path / "work")
    assert (tmp_path / "work" / vgg.CONVERTED).exists()
    weight = result.stages[1][1].weight
    assert torch.equal(weight, torch.from_numpy(kernel).permute(3, 2, 0, 1))
    source.unlink()
    assert torch.equal(vgg.load_vgg(source, tmp_path / "work").stages[1][1].weight, weight)  # converted once


def test_the_papers_network_is_read_from_torchvisions_numbering(tmp_path: Path) -> None:
    state, index, last = {}, 0, torch.zeros(0)
    for inputs, width, count in vgg.STAGES_19:
        for c in range(count):
            last = torch.randn(width, inputs if c == 0 else width, 3, 3) * 0.01
            state[f"features.{index}.weight"], state[f"features.{index}.bias"] = last, torch.zeros(width)
            index += 2
        index += 1
    save_file(state, str(tmp_path / "model.safetensors"))
    result = vgg.load_vgg19(tmp_path)
    assert torch.equal(result.stages[4][3].weight, last)
    assert result(picture(0, 32, 32), ["5_1"])["5_1"].shape == (1, 512, 2, 2)


def test_only_the_layers_asked_for_are_computed_and_each_has_its_scale() -> None:
    maps = network(picture(0, 32, 32), ["1_1", "3_1"])
    assert {name: tuple(value.shape[1:]) for name, value in maps.items()} == {
        "1_1": (4, 32, 32),
        "3_1": (6, 8, 8),
    }


def test_a_gram_forgets_places_and_keeps_what_goes_together() -> None:
    maps = torch.rand(1, 5, 6, 7)
    shuffled = maps.flatten(2)[:, :, torch.randperm(42)].view_as(maps)
    torch.testing.assert_close(vgg.gram(maps), vgg.gram(shuffled))


def test_no_picture_is_nearer_to_a_style_than_the_style_itself() -> None:
    goals = vgg.grams(network, picture(1))
    same = vgg.style_loss(network(picture(1), vgg.STYLE_LAYERS), goals)
    other = vgg.style_loss(network(picture(2) ** 3, vgg.STYLE_LAYERS), goals)
    assert float(same) == pytest.approx(0, abs=1e-6)
    assert other > same


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_optimising_comes_nearer_step_by_step(optimizer: str) -> None:
    seen: list[gatys.Step] = []
    recipe = gatys.Recipe(steps=12, optimizer=optimizer)
    result = gatys.paint(
        network, (content := picture(1)), [(picture(2) ** 2, 1.0)], content, recipe, seen.append
    )
    assert [step.done for step in seen] == list(range(1, 13))
    assert min(step.loss for step in seen[6:]) < seen[0].loss
    assert result.shape == content.shape
    assert 0 <= float(result.min()) <= float(result.max()) <= 1


def test_optimising_goes_from_coarse_to_fine() -> None:
    sizes: list[tuple[int, ...]] = []
    content = picture(1, 128, 144)
    recipe = gatys.Recipe(steps=4)
    gatys.paint(
        network,
        content,
        [(picture(2), 1.0)],
        content,
        recipe,
        lambda s: sizes.append(tuple(s.picture.shape[2:])),
    )
    assert sizes == [(64, 72), (64, 72), (128, 144), (128, 144)]


def test_carrying_on_starts_from_the_picture_that_is_given() -> None:
    content, earlier = picture(1, 128, 128), picture(9, 128, 128)
    first: list[Tensor] = []
    recipe = gatys.Recipe(steps=1, content_weight=0, style_weight=0, tv=0)
    gatys.paint(
        network, content, [(picture(2), 1.0)], earlier, recipe, lambda s: first.append(s.picture.clone())
    )
    torch.testing.assert_close(first[0], earlier)


def test_stopping_ends_the_optimisation_at_once() -> None:
    class Stop(Exception):
        pass

    def stop(step: gatys.Step) -> None:
        if step.done == 2:
            raise Stop

    with pytest.raises(Stop):
        gatys.paint(
            network, (content := picture(1)), [(picture(2), 1.0)], content, gatys.Recipe(steps=500), stop
        )


def test_a_recoloured_photo_has_the_styles_mean_colour() -> None:
    content, style = picture(1), 0.4 + 0.2 * picture(2) * torch.tensor([1.0, 0.5, 0.2]).view(1, 3, 1, 1)
    result = gatys.recoloured(content, style)
    torch.testing.assert_close(result.mean((0, 2, 3)), style.mean((0, 2, 3)), atol=0.02, rtol=0)


def test_a_style_of_one_colour_breaks_nothing() -> None:
    content = picture(1)
    result = gatys.paint(
        network,
        content,
        [(torch.full((1, 3, 32, 32), 0.3), 1.0)],
        content,
        gatys.Recipe(steps=3),
        lambda _: None,
    )
    assert torch.isfinite(result).all()


def learnt(seed: int = 0, steps: int = 25) -> tuple[list[float], Tensor, Tensor]:
    net = seeded(StyleNet(TINY))
    codes = torch.randn(3, TINY.code_size, generator=torch.Generator().manual_seed(1))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    losses: list[float] = []
    recipe = fit.FitRecipe(steps=steps, seed=seed)
    code = fit.fit(
        net, network, codes, picture(5), [picture(6), picture(7)], recipe, lambda s: losses.append(s.loss)
    )
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name])  # the painter itself is never touched
    return losses, code, codes


def test_learning_moves_the_code_alone_and_comes_nearer() -> None:
    losses, code, codes = learnt()
    assert sum(losses[-5:]) < sum(losses[:5])
    assert all(not torch.equal(code, other) for other in codes)


def test_learning_with_one_seed_gives_one_style() -> None:
    assert torch.equal(learnt(3, 4)[1], learnt(3, 4)[1])

"""The Hub's pipelines with tiny random weights, each saved in a folder as the Hub's are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

WIDE = 32


def clip_tokenizer(folder: Path) -> Any:
    """CLIP's tokenizer over an alphabet of letters."""
    letters = [chr(code) for code in range(33, 127)]
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return transformers.CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77
    )


def plain_tokenizer() -> Any:
    """Single characters, with a chat template."""
    words = ["<pad>", "<unk>", "</s>", "<s>", *(chr(code) for code in range(33, 127)), "猫"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    result = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", eos_token="</s>", bos_token="<s>",
        model_max_length=64,
    )  # fmt: skip
    result.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    return result


def clip_text(tokenizer: Any, kind: Any = None, **more: Any) -> Any:
    size = len(tokenizer)
    config = transformers.CLIPTextConfig(
        hidden_size=WIDE, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, vocab_size=size,
        bos_token_id=size - 2, eos_token_id=size - 1, pad_token_id=1, projection_dim=WIDE, **more,
    )  # fmt: skip
    return (kind or transformers.CLIPTextModel)(config)


def unet(channels: int = 4, **more: Any) -> Any:
    values = {
        "block_out_channels": (4, 8), "layers_per_block": 1, "sample_size": 8, "in_channels": channels,
        "out_channels": 4, "norm_num_groups": 2, "cross_attention_dim": WIDE, "attention_head_dim": 2,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    }  # fmt: skip
    return diffusers.UNet2DConditionModel(**(values | more))


def vae(channels: int = 4, **more: Any) -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(4, 4, 4, 4), in_channels=3, out_channels=3, latent_channels=channels,
        norm_num_groups=2, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, **more,
    )  # fmt: skip


def sd(kind: str = "StableDiffusionPipeline", channels: int = 4) -> Any:
    """Stable Diffusion 1.5, SD-Turbo, SDXS, InstructPix2Pix, inpainting: one family."""

    def make(folder: Path) -> Any:
        words = clip_tokenizer(folder / "words")
        return getattr(diffusers, kind)(
            vae=vae(), text_encoder=clip_text(words), tokenizer=words, unet=unet(channels),
            scheduler=diffusers.EulerDiscreteScheduler(steps_offset=1), safety_checker=None,
            feature_extractor=None, requires_safety_checker=False,
        )  # fmt: skip

    return make


def sdxl(folder: Path) -> Any:
    words = clip_tokenizer(folder / "words")
    second = clip_text(words, transformers.CLIPTextModelWithProjection)
    big = unet(
        cross_attention_dim=2 * WIDE, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + WIDE, transformer_layers_per_block=(1, 1),
        use_linear_projection=True,
    )  # fmt: skip
    return diffusers.StableDiffusionXLPipeline(
        vae=vae(), text_encoder=clip_text(words), text_encoder_2=second, tokenizer=words, tokenizer_2=words,
        unet=big, scheduler=diffusers.EulerDiscreteScheduler(steps_offset=1), add_watermarker=False,
    )  # fmt: skip


def flux(folder: Path) -> Any:
    words = clip_tokenizer(folder / "words")
    t5 = transformers.T5EncoderModel(
        transformers.T5Config(
            vocab_size=len(plain_tokenizer()), d_model=WIDE, d_kv=8, d_ff=37, num_layers=1, num_heads=4
        )
    )
    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=WIDE, pooled_projection_dim=WIDE, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    return diffusers.FluxPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), text_encoder=clip_text(words), tokenizer=words,
        vae=vae(shift_factor=0.1, scaling_factor=0.4, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder_2=t5, tokenizer_2=plain_tokenizer(), transformer=transformer,
    )  # fmt: skip


def qwen(kind: Any, layers: int, **more: Any) -> Any:
    return kind(
        transformers.Qwen3Config(
            hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2,
            num_key_value_heads=2, vocab_size=len(plain_tokenizer()), head_dim=8,
            max_position_embeddings=1024, **more,
        )
    )  # fmt: skip


def z_image(_: Path) -> Any:
    transformer = diffusers.ZImageTransformer2DModel(
        all_patch_size=(2,), all_f_patch_size=(1,), in_channels=4, dim=32, n_layers=2, n_refiner_layers=1,
        n_heads=2, n_kv_heads=2, norm_eps=1e-5, qk_norm=True, cap_feat_dim=16, rope_theta=256.0,
        t_scale=1000.0, axes_dims=[8, 4, 4], axes_lens=[256, 32, 32],
    )  # fmt: skip
    return diffusers.ZImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=vae(shift_factor=0.1, scaling_factor=0.4, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=qwen(transformers.Qwen3Model, 2), tokenizer=plain_tokenizer(), transformer=transformer,
    )  # fmt: skip


def sana_sprint(_: Path) -> Any:
    transformer = diffusers.SanaTransformer2DModel(
        patch_size=1, in_channels=4, out_channels=4, num_layers=1, num_attention_heads=2,
        attention_head_dim=4, num_cross_attention_heads=2, cross_attention_head_dim=4,
        cross_attention_dim=8, caption_channels=8, sample_size=32,
        qk_norm="rms_norm_across_heads", guidance_embeds=True,
    )  # fmt: skip
    dc = diffusers.AutoencoderDC(
        in_channels=3, latent_channels=4, attention_head_dim=2,
        encoder_block_types=("ResBlock", "EfficientViTBlock"),
        decoder_block_types=("ResBlock", "EfficientViTBlock"), encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        encoder_qkv_multiscales=((), (5,)), decoder_qkv_multiscales=((), (5,)),
        encoder_layers_per_block=(1, 1), decoder_layers_per_block=[1, 1], downsample_block_type="conv",
        upsample_block_type="interpolate", decoder_norm_types="rms_norm", decoder_act_fns="silu",
        scaling_factor=0.41407,
    )  # fmt: skip
    gemma = transformers.Gemma2Model(
        transformers.Gemma2Config(
            head_dim=16, hidden_size=8, intermediate_size=64, max_position_embeddings=512,
            num_attention_heads=2,
            num_hidden_layers=1, num_key_value_heads=2, vocab_size=len(plain_tokenizer()),
            attn_implementation="eager",
        )
    )  # fmt: skip
    return diffusers.SanaSprintPipeline(
        tokenizer=plain_tokenizer(), text_encoder=gemma, vae=dc, transformer=transformer,
        scheduler=diffusers.SCMScheduler(),
    )  # fmt: skip


def flux2_klein(_: Path) -> Any:
    transformer = diffusers.Flux2Transformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=48, timestep_guidance_channels=256,
        axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False,
    )  # fmt: skip
    autoencoder = diffusers.AutoencoderKLFlux2(
        sample_size=32, in_channels=3, out_channels=3, block_out_channels=(4,), layers_per_block=1,
        latent_channels=4, norm_num_groups=1, use_quant_conv=False, use_post_quant_conv=False,
        down_block_types=("DownEncoderBlock2D",), up_block_types=("UpDecoderBlock2D",),
    )  # fmt: skip
    return diffusers.Flux2KleinPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), vae=autoencoder,
        text_encoder=qwen(transformers.Qwen3ForCausalLM, 28), tokenizer=plain_tokenizer(),
        transformer=transformer, is_distilled=True,
    )  # fmt: skip


KINDS = {
    "sd": sd(),
    "pix2pix": sd("StableDiffusionInstructPix2PixPipeline", 8),
    "inpaint": sd("StableDiffusionInpaintPipeline", 9),
    "sdxl": sdxl,
    "flux": flux,
    "z-image": z_image,
    "sana-sprint": sana_sprint,
    "flux2-klein": flux2_klein,
}


def save(kind: str, folder: Path) -> Path:
    """The folder of a pipeline of this kind."""
    torch.manual_seed(0)
    pipe = KINDS[kind](folder)
    pipe.save_pretrained(folder / "pipe", safe_serialization=True)
    return folder / "pipe"

"""The Hub's models of sound, stood in for by the same classes with tiny random weights."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
import torch

from aigc_demo.settings import Settings
from aigc_demo.tasks.music.chroma import chroma
from aigc_demo.tasks.music.english_prompt import english
from aigc_demo.tasks.music.params import AnySoundParams
from aigc_demo.types import (
    CancelledByVisitor,
    LoadContext,
    ModelSpec,
    Output,
    Partial,
    Placement,
    Progress,
    UserError,
)

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

pytestmark = pytest.mark.filterwarnings("ignore")
RATE, FRAME = 8_000, 320


def save_words(folder: Path) -> None:
    """T5's kind of tokenizer over an alphabet of letters."""
    letters = ["<pad>", "</s>", "<unk>", "▁", *(chr(code) for code in range(33, 127))]
    model = tokenizers.models.Unigram([(letter, -1.0) for letter in letters], unk_id=2)
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)


def save_musicgen(folder: Path, kind: str = "musicgen", channels: int = 1) -> None:
    """A MusicGen of a few thousand weights, saved as the Hub's are."""
    torch.manual_seed(0)
    text = transformers.T5Config(
        vocab_size=100, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, pad_token_id=0, eos_token_id=1
    )
    codec = transformers.EncodecConfig(
        target_bandwidths=[1.0], sampling_rate=RATE, audio_channels=1, num_filters=4, hidden_size=16,
        upsampling_ratios=[8, 5, 4, 2], codebook_size=16, codebook_dim=16, num_lstm_layers=1, kernel_size=3,
        last_kernel_size=3, residual_kernel_size=3, compress=2, use_causal_conv=False, normalize=False,
    )  # fmt: skip
    shared = {
        "vocab_size": 16, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "ffn_dim": 32,
        "num_codebooks": codec.num_quantizers * channels, "audio_channels": channels,
        "pad_token_id": 16, "bos_token_id": 16,
    }  # fmt: skip
    if kind == "musicgen_melody":
        decoder = transformers.MusicgenMelodyDecoderConfig(**shared)
        config = transformers.MusicgenMelodyConfig(
            text_encoder=text.to_dict(),
            audio_encoder=codec.to_dict(),
            decoder=decoder.to_dict(),
            num_chroma=12,
        )
        model = transformers.MusicgenMelodyForConditionalGeneration(config)
    else:
        decoder = transformers.MusicgenDecoderConfig(**shared)
        config = transformers.MusicgenConfig(
            text_encoder=text.to_dict(), audio_encoder=codec.to_dict(), decoder=decoder.to_dict()
        )
        model = transformers.MusicgenForConditionalGeneration(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1 and not name.startswith("audio_encoder"):
                weight.normal_(std=0.4)  # as fresh weights are, every condition would be told alike
    for layer in model.audio_encoder.quantizer.layers:
        layer.codebook.embed.normal_()  # zero in a fresh codec: every code would sound alike
    model.generation_config.decoder_start_token_id = 16
    model.generation_config.pad_token_id = 16
    model.generation_config.bos_token_id = 16
    model.save_pretrained(folder, safe_serialization=True)
    save_words(folder)


def context(folder: Path, *languages: str) -> LoadContext:
    spec = ModelSpec("tiny", "music", "tiny", "", (), "none", 0.1, languages=languages or ("en",))  # type: ignore[arg-type]
    return LoadContext(spec, folder, folder, Placement(), lambda *_: None, settings=Settings())


def heard(outputs: tuple[Output, ...]) -> np.ndarray:
    with wave.open(io.BytesIO(outputs[0].data or b"")) as file:
        assert (file.getframerate(), file.getnchannels()) == (44_100, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("musicgen")
    save_musicgen(folder)
    return folder


REQUEST = {"prompt": "a happy jig", "seconds": 1, "guidance_scale": 3.0, "seed": 3}


def test_words_become_a_recording_with_progress_and_one_seed_is_one_recording(small: Path) -> None:
    from aigc_demo.tasks.music import hub

    events: list[Progress | Partial] = []
    model = hub.musicgen(context(small))
    state = torch.random.get_rng_state()
    result = heard(model(AnySoundParams(**REQUEST), events.append))
    assert torch.equal(torch.random.get_rng_state(), state)  # nobody else's numbers are touched
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done[0] == 0 and done[-1] == RATE // FRAME and done == sorted(done)
    assert 0.1 < len(result) / 2 / 44_100 <= 1.1 and result.any()
    assert np.array_equal(result, heard(model(AnySoundParams(**REQUEST), lambda _: None)))
    assert not np.array_equal(
        result, heard(model(AnySoundParams(**{**REQUEST, "seed": 4}), lambda _: None))[: len(result)]
    )


def test_more_than_a_window_goes_on_from_its_end_and_is_heard_on_the_way(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aigc_demo.tasks.music import hub

    monkeypatch.setattr(hub, "WINDOW_SECONDS", 1.0)
    monkeypatch.setattr(hub, "OVERLAP_SECONDS", 0.4)
    events: list[Progress | Partial] = []
    model = hub.musicgen(context(small))
    result = model(AnySoundParams(**{**REQUEST, "seconds": 2}), events.append)
    parts = [event for event in events if isinstance(event, Partial)]
    assert 1 <= len(parts) <= 2
    assert parts[0].output.kind == "audio"
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done) and done[-1] == 2 * RATE // FRAME
    assert len(heard(result)) > len(heard((parts[0].output,)))


def test_stopping_between_steps_stops(small: Path) -> None:
    from aigc_demo.tasks.music import hub

    def stop(event: Progress | Partial) -> None:
        if isinstance(event, Progress) and event.done == 2:
            raise CancelledByVisitor

    model = hub.musicgen(context(small))
    with pytest.raises(CancelledByVisitor):
        model(AnySoundParams(**REQUEST), stop)
    assert len(heard(model(AnySoundParams(**REQUEST), lambda _: None)))  # and the next piece is drawn as ever


def test_stereo_models_go_on_in_stereo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aigc_demo.tasks.music import hub

    monkeypatch.setattr(hub, "WINDOW_SECONDS", 1.0)
    monkeypatch.setattr(hub, "OVERLAP_SECONDS", 0.4)
    save_musicgen(tmp_path, channels=2)
    result = heard(
        hub.musicgen(context(tmp_path))(AnySoundParams(**{**REQUEST, "seconds": 2}), lambda _: None)
    )
    assert not np.array_equal(result[::2], result[1::2])


def sung(tmp_path: Path, pitch: float) -> str:
    tone = np.sin(2 * np.pi * pitch * np.arange(RATE * 2) / RATE)
    path = tmp_path / f"{pitch:.0f}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((tone * 20_000).astype("<i2").tobytes())
    return str(path)


def test_a_melody_model_follows_what_is_sung(tmp_path: Path) -> None:
    from aigc_demo.tasks.music import hub

    save_musicgen(tmp_path / "model", "musicgen_melody")
    model = hub.musicgen(context(tmp_path / "model"))
    heard_of = {
        melody: heard(model(AnySoundParams(**REQUEST, melody=melody), lambda _: None)).tobytes()
        for melody in (sung(tmp_path, 329.6), sung(tmp_path, 392.0), "")
    }
    assert len(set(heard_of.values())) == 3


@pytest.mark.parametrize(("pitch", "note"), [(261.63, 0), (440.0, 9), (392.0, 7), (1108.73, 1)])
def test_what_is_sung_is_heard_as_its_note(pitch: float, note: int) -> None:
    tone = np.sin(2 * np.pi * pitch * np.arange(44_100 * 2) / 44_100).astype(np.float32)
    moments = chroma(tone, 44_100)
    assert moments.shape[0] == 1 and moments.shape[2] == 12
    assert moments[0, 2:-2].argmax(-1).unique().tolist() == [note]


@pytest.mark.parametrize(
    ("piece", "said"),
    [
        ({"prompt": "a sad waltz"}, "a sad waltz"),
        ({"prompt": ""}, "a folk tune"),
        ({"prompt": "欢快的江南小调"}, "happy, Chinese pentatonic, air, played on bamboo flute"),
        ({"prompt": "随便", "prompt_en": "rain on a roof"}, "rain on a roof"),
    ],
)
def test_a_model_that_reads_english_is_given_english(piece: dict[str, str], said: str) -> None:
    assert english(AnySoundParams(**piece)) == said


def test_chinese_of_which_nothing_is_understood_is_said_to_be_so() -> None:
    with pytest.raises(UserError) as caught:
        english(AnySoundParams(prompt="星河滚烫"))
    assert (caught.value.problem.key, caught.value.problem.field) == ("music.error.english_only", "prompt_en")


def test_what_was_given_in_english_is_shown(small: Path) -> None:
    from aigc_demo.tasks.music import hub

    result = hub.musicgen(context(small))(
        AnySoundParams(**{**REQUEST, "prompt": "忧伤的圆舞曲"}), lambda _: None
    )
    assert result[0].meta["prompt_en"] == "sad, waltz, in minor"


def save_ace_step(folder: Path) -> None:
    """An ACE-Step pipeline of a few thousand weights, saved as the Hub's are."""
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(0)
    shape = {
        "hidden_size": 32, "intermediate_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1,
        "head_dim": 16, "sliding_window": 8,
    }  # fmt: skip
    words = folder / "words"
    save_words(words)
    text = transformers.Qwen3Model(
        transformers.Qwen3Config(
            vocab_size=100, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
            num_key_value_heads=1, head_dim=8, pad_token_id=0, eos_token_id=1,
        )
    )  # fmt: skip
    vae = diffusers.AutoencoderOobleck(
        encoder_hidden_size=4, downsampling_ratios=[2, 4, 10], channel_multiples=[1, 2, 4],
        decoder_channels=4, decoder_input_channels=8, audio_channels=2, sampling_rate=2_000,
    )  # fmt: skip
    pipe = diffusers.AceStepPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=transformers.AutoTokenizer.from_pretrained(words),
        transformer=diffusers.AceStepTransformer1DModel(
            **shape, num_hidden_layers=2, in_channels=24, audio_acoustic_hidden_dim=8, is_turbo=True
        ),
        condition_encoder=diffusers.AceStepConditionEncoder(
            **shape, text_hidden_dim=16, timbre_hidden_dim=8, num_lyric_encoder_hidden_layers=1,
            num_timbre_encoder_hidden_layers=1,
        ),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    )  # fmt: skip
    pipe.save_pretrained(folder, safe_serialization=True)


def test_a_song_is_made_from_words_and_lyrics(tmp_path: Path) -> None:
    from aigc_demo.tasks.music import hub

    save_ace_step(tmp_path)
    model = hub.diffused(context(tmp_path, "en", "zh"))
    piece = {
        "prompt": "欢快的民谣", "lyrics": "床前明月光", "seconds": 4, "num_inference_steps": 3,
        "guidance_scale": 1.0, "key": "Am", "tempo": 90, "seed": 5,
    }  # fmt: skip
    events: list[Progress | Partial] = []
    result = model(AnySoundParams(**piece), events.append)
    assert [event.done for event in events if isinstance(event, Progress)] == [0, 1, 2, 3]
    assert [output.name for output in result] == ["tune.wav", "tune.ogg"]
    assert result[0].data == model(AnySoundParams(**piece), lambda _: None)[0].data
    assert result[0].data != model(AnySoundParams(**{**piece, "seed": 6}), lambda _: None)[0].data
    assert "prompt_en" not in result[0].meta  # it reads Chinese itself

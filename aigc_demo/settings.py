"""What the owner may set: the only reader of the environment (``AIGC_*``).

Knows names, defaults and limits. Knows nothing of what the values are used for. Frozen, picklable:
one object is made at the start and handed down, into the worker process and to the models as well.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds app.py, aigc_demo/ and assets/."""

ASSETS = ROOT / "assets"


_ORIGIN = r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d+)?"
_ORIGINS = rf"^\s*(\*|{_ORIGIN}(\s*,\s*{_ORIGIN})*)?\s*$"


class Settings(BaseSettings):
    """Every knob, its default and its range; ``AIGC_<NAME>`` in the environment overrides."""

    model_config = SettingsConfigDict(env_prefix="AIGC_", frozen=True, extra="ignore")

    data_dir: Path = Path("data")
    """Everything that is written lives below it; deleting it is a clean start. Never a mounted bucket, which
    has no locks: SQLite would lie there as long as nobody looks."""
    cache_dir: Path | None = None
    """Fetched and converted weights; None keeps them under ``data_dir/cache``."""
    bucket_dir: Path | None = None
    """A mounted Storage Bucket that keeps the history, besides the data folder's disk.

    None takes the one that a Space has at ``/data``, where it has one.
    """
    database_url: str | None = None
    media_url: str | None = None
    """An fsspec URL for stored files (s3://...); None keeps them under ``data_dir/media``."""
    secret: str | None = None
    """Signs the cookies; None makes one once and keeps it in the data folder."""

    signing: str = "own"
    """What files are signed with (C2PA): ``own`` for a key that is made once and kept in the data folder,
    ``off`` for nothing, else a PEM file with the owner's key and certificates."""

    policy: Literal["classroom", "default", "off"] = "default"
    """Which words are not taken in requests nor kept in answers: more for a class, none by ``off``."""
    text_mark: bool = False
    """Whether texts of 200 tokens and more bear a mark in their choice of words, so that this installation
    knows them again: the same seed then gives other words on another one."""
    visible_label: bool = True
    """Whether files that are taken away bear a label that people see or hear besides that for programs."""

    oauth_client_id: str | None = Field(
        None, validation_alias=AliasChoices("oauth_client_id", "AIGC_OAUTH_CLIENT_ID", "OAUTH_CLIENT_ID")
    )
    """What an OpenID provider knows this app by: set by the Hub on a Space whose card says ``hf_oauth``.

    Who signs in there finds the same history on every device; None offers nothing of the kind.
    """
    oauth_client_secret: str | None = Field(
        None,
        validation_alias=AliasChoices(
            "oauth_client_secret", "AIGC_OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_SECRET"
        ),
    )
    openid_provider_url: str = Field(
        "https://huggingface.co",
        pattern=r"^https?://\S+$",
        validation_alias=AliasChoices(
            "openid_provider_url", "AIGC_OPENID_PROVIDER_URL", "OPENID_PROVIDER_URL"
        ),
    )
    """Where the provider is found; its configuration lies below, at ``/.well-known/openid-configuration``."""

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    memory_gb: float | None = Field(None, gt=0)
    """Budget for loaded models; None takes half of the memory that is free at the start."""
    engine: Literal["process", "inline"] = "process"
    slots: int | None = Field(
        None, ge=1, le=64, validation_alias=AliasChoices("slots", "AIGC_SLOTS", "AIGC_LANES")
    )
    """Jobs computed at once; None fits them to the cores (at most two on CPU, one on a GPU)."""
    offline: bool = False
    """Use only what is on disk; never ask a package index or a hub."""
    gpu_models: str = "qwen3-1.7b,sd-turbo"
    """Models of the Hub that borrow a ZeroGPU Space's GPU, separated by commas, as far as they fit together.

    They are loaded before the page opens, which waits for their download; all others use the processor.
    """
    idle_unload_seconds: float = Field(600.0, gt=0)
    job_timeout_seconds: float = Field(1800.0, gt=0)
    """A job running longer has hung: it fails and its worker is replaced."""
    text_models: str = ""
    """Further text models, separated by commas: GGUF files, or ``owner/name/file.gguf`` on the Hub."""
    image_models: str = ""
    """Further image models, separated by commas: diffusers folders, or ``owner/name`` on the Hub."""
    image_loras: Path | None = None
    """A folder of LoRA files (safetensors) that image models of their kind may be completed with."""
    tasks: str = ""
    """Further folders of tasks, separated as in PATH; each is a folder, as in ``aigc_demo/tasks``."""
    debug_models: bool = False
    """List the tiny test models too."""
    separate_scripts: bool = False
    """Send the page's modules as the files that they are, for whoever works on them."""

    host: str = Field(default_factory=lambda: "0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1")  # noqa: S104
    port: int = Field(7860, ge=0, le=65535)
    public_url: str | None = None
    """Where visitors find us, scheme and host; behind a proxy their Origin and Host must be this one."""
    allowed_hosts: str = ""
    """Further names under which this server is called, separated by commas: a container's, a proxy's."""
    embed: str = Field("", pattern=_ORIGINS)
    """Origins of other pages that may hold the app in a frame, separated by commas; ``*`` is every page."""
    outside_links: bool = True
    """Whether the works that Learn recommends are linked to where they are found, or only named."""

    clients: bool | None = None
    """Answer Gradio's own clients and agents (MCP) as well; None does so on a Space only."""
    token_days: int = Field(90, ge=1, le=3650)
    """Bearer tokens expire after this many days, or sooner where that is asked for."""

    max_body_mb: float = Field(12.0, gt=0)
    max_upload_mb_per_visitor: float | None = Field(500.0, gt=0)
    """How much of what a visitor brings in is kept at once; None is no limit."""
    max_upload_mb: float | None = Field(5000.0, gt=0)
    """The same for all visitors together."""
    max_import_mb: float = Field(200.0, gt=0)
    """Of a zip that a visitor imports; unpacked it may be what a visitor may bring in."""
    max_export_mb: float = Field(2000.0, gt=0)
    """Of the files of one export."""
    max_waiting_per_visitor: int = Field(4, ge=1)
    max_waiting: int = Field(200, ge=1)
    retention_days: int | None = Field(None, ge=1)
    """Unstarred history older than this is removed; None keeps it."""

    @property
    def data(self) -> Path:
        """The data folder, absolute."""
        return self.data_dir.expanduser().resolve()

    def configure_library_env(self) -> None:
        """Tell gradio and the Hub's client, by the variables they read, to keep to the data folder and quiet.

        Called once, before the page is built: gradio's own default folder is shared by every gradio
        process of the machine, which may clear it.
        """
        uploads = self.data / "cache" / "gradio"
        uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.environ["GRADIO_TEMP_DIR"] = str(uploads)
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

    @property
    def model_cache(self) -> Path:
        """Fetched and converted weights: ``<data>/cache/models``."""
        cache = self.cache_dir.expanduser().resolve() if self.cache_dir else self.data / "cache"
        return cache / "models"

    @property
    def slot_count(self) -> int:
        """Jobs computed at once: as set, else two where there are two cores."""
        return self.slots or min(2, os.cpu_count() or 1)

    @property
    def on_space(self) -> bool:
        """True on a Hugging Face Space, where the page lives in another site's frame."""
        return "SPACE_ID" in os.environ

    @property
    def space_url(self) -> str | None:
        """Where visitors find this Space; None elsewhere."""
        host = os.environ.get("SPACE_HOST", "").split(",")[0].strip()
        return f"https://{host}" if host and self.on_space else None

    @property
    def serves_clients(self) -> bool:
        """Whether Gradio's clients and agents are answered: as set, else on a Space."""
        return self.on_space if self.clients is None else self.clients

    @property
    def visible_gpus(self) -> str | None:
        """Which NVIDIA GPUs are ours, in CUDA's own way of saying it; None for all."""
        return os.environ.get("CUDA_VISIBLE_DEVICES")

    @property
    def gpu_token_origin(self) -> str | None:
        """Whose page around ours hands out visitors' ZeroGPU tokens: the Hub's, on such a Space alone."""
        return "https://huggingface.co" if self.on_space and self.zero_gpu else None

    @property
    def zero_gpu(self) -> bool:
        """True on a ZeroGPU Space, which lends its GPU to decorated calls only."""
        return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true")


def task_folders() -> tuple[Path, ...]:
    """Folders of tasks besides our own, absolute; asked once, when the package of tasks is imported."""
    return tuple(Path(place).expanduser().resolve() for place in Settings().tasks.split(os.pathsep) if place)

"""Copy space.yaml into the README's front matter, which is where a Space reads it."""

from pathlib import Path

root = Path(__file__).parent.parent
readme = root / "README.md"
body = readme.read_text("utf-8").split("---\n", 2)[2]
readme.write_text(f"---\n{(root / 'space.yaml').read_text('utf-8')}---\n{body}", "utf-8")

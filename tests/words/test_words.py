"""Every text of the kit keeps to style.yml: one word for one thing, plain English."""

import json
import subprocess
from pathlib import Path

from livechat_helpers import places

from .texts import files, texts_of

HERE = Path(__file__).parent


def flaws(folder: Path) -> list[str]:
    """Return what the linter says of the Markdown files in a folder."""
    linter = HERE / "node_modules/.bin/textlint"
    done = subprocess.run(
        [linter, "--config", HERE / ".textlintrc.json", "--format", "json", folder],
        cwd=HERE,
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    return [
        f"{Path(file['filePath']).stem.replace('~', '/')}: {flaw['message']}"
        for file in json.loads(done.stdout)
        for flaw in file["messages"]
    ]


def write(folder: Path, name: str, *texts: str) -> None:
    """Write texts as one file of Markdown, a paragraph each."""
    (folder / f"{name.replace('/', '~')}.md").write_text("\n\n".join(texts))


def test_every_text_keeps_to_the_style(tmp_path: Path) -> None:
    for path in files():
        if texts := list(texts_of(path)):
            write(tmp_path, str(path.relative_to(places.ROOT)), *texts)
    assert flaws(tmp_path) == []


BREAK_IT = (
    "It waits for ever.",
    "There is none.",
    "It calls an address of yours.",
    "The whole page unless given.",
    "Nobody hears of it.",
    "Some variables, more of its environment.",
    "A browser, say.",
    "Takes in an event.",
    "Notes who is typing.",
)
KEEP_TO_IT = (
    "`for ever`",
    "Take in the view.",
    "Pages of your own, and what they say.",
)


def test_a_text_that_breaks_the_style_is_caught(tmp_path: Path) -> None:
    for number, text in enumerate(BREAK_IT):
        write(tmp_path, f"wrong-{number}", text)
    write(tmp_path, "right", *KEEP_TO_IT)
    caught = {flaw.split(":")[0] for flaw in flaws(tmp_path)}
    assert caught == {f"wrong-{number}" for number in range(len(BREAK_IT))}

"""The view's modules, and the script that they're bundled into."""

import re
from collections import Counter
from pathlib import Path

import pytest

from livechat_helpers.agent_pane import bundle

MODULES = sorted(bundle.FOLDER.glob("*.js"))


def test_each_module_is_placed_after_those_it_imports(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_text(
        'import { two } from "./two.js";\nexport default { render: two };\n'
    )
    (tmp_path / "two.js").write_text(
        'import { one } from "./one.js";\nexport const two = () => one + 1;\n'
    )
    (tmp_path / "one.js").write_text("export const one = 1;\n")
    assert bundle.joined(tmp_path) == (
        "// one.js\nconst one = 1;\n\n"
        "// two.js\nconst two = () => one + 1;\n\n"
        "// main.js\nexport default { render: two };\n"
    )


def test_the_script_has_every_module_and_imports_nothing() -> None:
    script = bundle.joined()
    assert not re.search(r"^import\b", script, re.MULTILINE)
    assert re.findall(r"^// (\S+\.js)$", script, re.MULTILINE)[-1] == "main.js"
    for module in MODULES:
        assert f"// {module.name}\n" in script
    assert len(re.findall(r"^export default", script, re.MULTILINE)) == 1


def test_no_two_modules_share_a_top_level_name() -> None:
    top = re.compile(
        r"^(?:export )?(?:async )?(?:const|let|class|function) (\w+)", re.M
    )
    names = Counter(name for one in MODULES for name in top.findall(one.read_text()))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_module_is_short(module: Path) -> None:
    source = module.read_text()
    assert source.count("\n") <= 300
    assert "innerHTML" not in source.replace("There is no innerHTML here.", "")
    assert "randomUUID()" not in source  # this only exists on https


def test_every_css_class_belongs_to_the_pane() -> None:
    styles = (bundle.FOLDER / "pane.css").read_text()
    styles = re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)
    classes = set(re.findall(r"\.([a-zA-Z][\w-]*)", styles))
    own = {name for name in classes if name.startswith(("lcp-", "livechat-"))}
    assert classes == own

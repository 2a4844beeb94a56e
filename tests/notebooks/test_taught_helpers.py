"""What a notebook lets the learner write is what later notebooks import."""

import ast
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from livechat_helpers.applications import current_application
from livechat_helpers.client import answer_to, token_client
from livechat_helpers.lessons import start

from .conftest import Stand
from .course import FOLDER, code_cells, parsed


def taught(notebook: str, function: str, names: dict[str, Any]) -> Callable[..., Any]:
    """Return a function as a notebook's cell defines it.

    names: those of the notebook that it uses.
    """
    for cell in code_cells(FOLDER / notebook):
        for node in parsed(cell).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                module = ast.Module([node], [])
                exec(compile(module, notebook, "exec"), names)
                return names[function]
    raise AssertionError(f"{notebook} does not teach {function}")


def imports(notebook: str) -> dict[str, Any]:
    """Return the names that a notebook's first cell imports."""
    first = parsed(code_cells(FOLDER / notebook)[0])
    names: dict[str, Any] = {}
    body = [n for n in first.body if isinstance(n, ast.Import | ast.ImportFrom)]
    exec(compile(ast.Module(list(body), []), notebook, "exec"), names)
    return names


JWT = "02_jwt_and_acl.ipynb"


@pytest.mark.parametrize("acl", [None, {"paths": {"/*/users/**": {}}}])
@pytest.mark.parametrize("user", [None, "some-visitor"])
def test_the_mint_of_notebook_02_is_that_of_the_minter(
    stand: Stand, user: str | None, acl: Any
) -> None:
    start(2)
    application = current_application()
    private_key = application.private_key_file.read_text()
    names = {**imports(JWT), "application": application, "private_key": private_key}
    mint, packaged = taught(JWT, "mint", names), application.minter().mint
    key = application.minter()._private_key.public_key()
    for seconds in (60, 900):
        ours, theirs = (
            jwt.decode(make(user, acl, seconds=seconds), key, algorithms=["RS256"])
            for make in (mint, packaged)
        )
        assert ours.keys() == theirs.keys()
        assert ours["exp"] - ours["iat"] == theirs["exp"] - theirs["iat"] == seconds
        for name in ours.keys() - {"iat", "exp", "jti"}:
            assert ours[name] == theirs[name]
        assert ours["jti"] != theirs["jti"]


def test_the_answer_to_of_notebook_02_is_that_of_the_client(stand: Stand) -> None:
    start(2)
    taught_one = taught(JWT, "answer_to", imports(JWT))
    minter = current_application().minter()
    for token in (minter.mint(), minter.mint("nobody", {"paths": {}}), "junk"):
        call = token_client(token).users.list_users
        assert taught_one(call) == answer_to(call)

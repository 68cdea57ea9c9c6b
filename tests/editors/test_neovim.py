"""The configuration for Neovim in the documents, by Neovim."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import blocks

ROOT = Path(__file__).parents[2]
NVIM = shutil.which("nvim")

# Neovim 0.7 has the parts of `vim.lsp.start`, though not the function.
START = """\
vim.lsp.start = vim.lsp.start or function(config)
  vim.lsp.buf_attach_client(0, vim.lsp.start_client(config))
end
"""
SESSION = """\
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end)
local said = vim.diagnostic.get(0)[1].message
vim.api.nvim_win_set_cursor(0, { 1, 0 })
vim.lsp.buf.rename("whole")
local function first() return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] end
vim.wait(60000, function() return first():find("whole") end)
vim.fn.writefile({ vim.bo.filetype, vim.bo.commentstring, first(), said }, "found.txt")
vim.cmd("qall!")
"""


@pytest.mark.skipif(NVIM is None, reason="Neovim runs its configuration")
def test_the_configuration(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    (block,) = (block for block in blocks(page) if block.language == "lua")
    (tmp_path / "init.lua").write_text(START + block.text)
    (tmp_path / "session.lua").write_text(SESSION)
    (tmp_path / "main.rasp").write_text("half  = indices;\nz = half + hal;\n")
    pack = tmp_path / "nvim" / "pack" / "rasp" / "start" / "rasp"
    shutil.copytree(ROOT / "docs" / "editors" / "vim", pack)
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path),
        "HOME": str(tmp_path),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    assert NVIM is not None
    result = subprocess.run(
        [NVIM, "--headless", "-u", "init.lua", "main.rasp", "-c", "luafile session.lua"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (tmp_path / "found.txt").exists(), result.stderr
    filetype, comment, first, said = (tmp_path / "found.txt").read_text().splitlines()[:4]
    assert (filetype, comment) == ("rasp", "# %s")
    assert first == "whole  = indices;"
    assert said.startswith("undefined variable 'hal'")

"""The words of the language -> colours in editors: TextMate, Vim, Emacs, tree-sitter's queries.

usage: python docs/editors/generate.py          rewrites the files; a test says when it has to be
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rasp.syntax import words

FOLDER = Path(__file__).parent
PATH = FOLDER / "vscode" / "syntaxes" / "rasp.tmLanguage.json"


def grammar() -> dict[str, Any]:
    """Patterns in order: the first that matches where the text is read wins."""
    repl_lines = (line.replace(" ", r"\s+") for line in words.REPL_LINES if " " in line)
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "RASP",
        "scopeName": "source.rasp",
        "fileTypes": ["rasp"],
        "patterns": [
            _pattern("comment.line.number-sign", r"#.*$"),
            _pattern("string.quoted.double", r'"[^"\r\n]*"'),
            _pattern("invalid.illegal.unclosed", r'"[^"\r\n]*$'),
            _pattern("keyword.other.command", rf"^\s*({'|'.join(repl_lines)})\b"),
            {
                "match": r"\b(def)\s+([A-Za-z_][A-Za-z_0-9]*)",
                "captures": {
                    "1": {"name": "storage.type.function.rasp"},
                    "2": {"name": "entity.name.function.rasp"},
                },
            },
            _pattern("keyword.control", _any(words.KEYWORDS)),
            _pattern("keyword.operator.word", _any(words.WORD_OPERATORS)),
            _pattern("constant.language", _any(words.CONSTANTS)),
            _pattern("keyword.control.import", rf'\b{words.LOAD}(?=\s*")'),
            _pattern("support.function.builtin", _any((*words.FORMS, words.DRAW)) + r"(?=\s*\()"),
            _pattern("variable.language", _any(words.BASE_SOPS)),
            _pattern("support.function.library", _any(words.LIBRARY)),
            _pattern(
                "constant.numeric",
                r"(?<![A-Za-z_])([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?",
            ),
            _pattern("keyword.operator", r"==|!=|<=|>=|[-+*/%^<>=]"),
        ],
    }


def _any(texts: Iterable[str]) -> str:
    return rf"\b({'|'.join(texts)})\b"


def _pattern(scope: str, match: str) -> dict[str, str]:
    return {"name": f"{scope}.rasp", "match": match}


def text() -> str:
    """What TextMate's file has to hold."""
    return json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n"


# ---- Vim and Neovim


def vim() -> str:
    """Syntax for Vim and Neovim: of two matches at one place the later one in the file wins."""
    lines = [
        '" Colours for RASP.  Written by docs/editors/generate.py.',
        'if exists("b:current_syntax")',
        "  finish",
        "endif",
        "",
        f"syntax keyword raspKeyword {' '.join(words.KEYWORDS)}",
        f"syntax keyword raspWordOperator {' '.join(words.WORD_OPERATORS)}",
        f"syntax keyword raspConstant {' '.join(words.CONSTANTS)}",
        f"syntax keyword raspBase {' '.join(words.BASE_SOPS)}",
        # As a match, since `contains` is no keyword for Vim.
        rf"syntax match raspLibrary /\<\%({'|'.join(words.LIBRARY)}\)\>/".replace("|", r"\|"),
        rf"syntax match raspLoad /\<{words.LOAD}\>\ze\s*\"/",
        rf"syntax match raspForm /\<\%({'|'.join((*words.FORMS, words.DRAW))}\)\>\ze\s*(/".replace(
            "|", r"\|"
        ),
        r"syntax match raspFunction /\<def\s\+\zs[A-Za-z_][A-Za-z_0-9]*/",
        r"syntax match raspOperator /==\|!=\|<=\|>=\|[-+*\/%^<>=]/",
        r"syntax match raspNumber /\%([A-Za-z_0-9]\)\@1<!\%(\d\+\.\?\d*\|\.\d\+\)"
        r"\%([eE][+-]\?\d\+\)\?/",
        *(
            rf"syntax match raspCommand /^\s*{line.replace(' ', chr(92) + 's' + chr(92) + '+')}\>/"
            for line in words.REPL_LINES
            if " " in line
        ),
        r'syntax match raspUnclosed /"[^"]*$/',
        r'syntax match raspString /"[^"]*"/',
        "syntax match raspComment /#.*$/ contains=@Spell",
        "",
        *(f"highlight default link {group} {target}" for group, target in VIM_GROUPS.items()),
        "",
        'let b:current_syntax = "rasp"',
    ]
    return "\n".join(lines) + "\n"


VIM_GROUPS = {
    "raspKeyword": "Keyword",
    "raspWordOperator": "Keyword",
    "raspConstant": "Boolean",
    "raspBase": "Identifier",
    "raspLibrary": "Function",
    "raspLoad": "Include",
    "raspForm": "Function",
    "raspFunction": "Function",
    "raspOperator": "Operator",
    "raspNumber": "Number",
    "raspCommand": "PreProc",
    "raspUnclosed": "Error",
    "raspString": "String",
    "raspComment": "Comment",
}

# ---- Emacs


def emacs() -> str:
    """A major mode for Emacs."""
    return EMACS.format(
        keywords=_quoted((*words.KEYWORDS, *words.WORD_OPERATORS)),
        constants=_quoted(words.CONSTANTS),
        base=_quoted(words.BASE_SOPS),
        library=_quoted(words.LIBRARY),
        forms=_quoted((*words.FORMS, words.DRAW)),
        load=words.LOAD,
    )


def _quoted(texts: Iterable[str]) -> str:
    return " ".join(f'"{text}"' for text in texts)


EMACS = r""";;; rasp-mode.el --- Programs in RASP  -*- lexical-binding: t; -*-

;; Written by docs/editors/generate.py.
;; Colours, comments, indentation by braces, and the language server by way of eglot.

;;; Code:

(defvar rasp-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\\ "." table)
    (modify-syntax-entry ?_ "w" table)
    (dolist (sign '(?+ ?- ?* ?/ ?% ?^ ?< ?> ?= ?!))
      (modify-syntax-entry sign "." table))
    table))

(defconst rasp-font-lock-keywords
  `(("\\_<def\\_>[ \t]+\\([A-Za-z_][A-Za-z_0-9]*\\)" 1 font-lock-function-name-face)
    (,(regexp-opt '({keywords}) 'words) . font-lock-keyword-face)
    (,(regexp-opt '({constants}) 'words) . font-lock-constant-face)
    ("\\_<{load}\\_>[ \t]*\\(?:\"\\|$\\)" (0 font-lock-keyword-face))
    (,(concat (regexp-opt '({forms}) 'words) "[ \t]*(") 1 font-lock-builtin-face)
    (,(regexp-opt '({base}) 'words) . font-lock-variable-name-face)
    (,(regexp-opt '({library}) 'words) . font-lock-function-name-face)
    ("\\(?:^\\|[^A-Za-z_0-9.]\\)\\(\\(?:[0-9]+\\.?[0-9]*\\|\\.[0-9]+\\)\\(?:[eE][+-]?[0-9]+\\)?\\)"
     1 font-lock-constant-face)))

(defun rasp-indent-line ()
  "Indent by four spaces for each brace that is open."
  (interactive)
  (let ((depth (save-excursion
                 (beginning-of-line)
                 (let ((open (nth 0 (syntax-ppss))))
                   (skip-chars-forward " \t")
                   (if (looking-at "[]}})]") (max 0 (1- open)) open)))))
    (save-excursion (indent-line-to (* 4 depth)))
    (when (< (current-column) (current-indentation))
      (back-to-indentation))))

;;;###autoload
(define-derived-mode rasp-mode prog-mode "RASP"
  "Programs in RASP."
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+[ \t]*")
  (setq-local indent-line-function #'rasp-indent-line)
  (setq-local font-lock-defaults '(rasp-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.rasp\\'" . rasp-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(rasp-mode . ("rasp" "lsp"))))

(provide 'rasp-mode)
;;; rasp-mode.el ends here
"""

# ---- tree-sitter


def queries() -> str:
    """The highlights of tree-sitter's grammar, which knows the words from their places."""
    lines = [
        "; Colours for RASP.  Written by docs/editors/generate.py.",
        "",
        "(comment) @comment",
        "(string) @string",
        "(integer) @number",
        "(float) @number",
        "(command) @keyword.directive",
        "",
        f"[{_quoted(words.KEYWORDS)} {_quoted([words.LOAD])}] @keyword",
        f"[{_quoted(words.WORD_OPERATORS)}] @keyword.operator",
        f"[{_quoted((*words.FORMS, words.DRAW))}] @function.builtin",
        '["==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" "^" "="] @operator',
        '["(" ")" "[" "]" "{" "}"] @punctuation.bracket',
        '["," ";" ":"] @punctuation.delimiter',
        "",
        "(function name: (name) @function)",
        _any_of("boolean", words.CONSTANTS),
        _any_of("variable.builtin", words.BASE_SOPS),
        _any_of("function.builtin", words.LIBRARY),
    ]
    return "\n".join(lines) + "\n"


def _any_of(capture: str, texts: Iterable[str]) -> str:
    return f"((name) @{capture}\n  (#any-of? @{capture} {_quoted(texts)}))"


FILES: dict[Path, Callable[[], str]] = {
    PATH: text,
    FOLDER / "vim" / "syntax" / "rasp.vim": vim,
    FOLDER / "emacs" / "rasp-mode.el": emacs,
    FOLDER / "tree-sitter-rasp" / "queries" / "highlights.scm": queries,
}


if __name__ == "__main__":
    for path, content in FILES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content(), encoding="utf-8")

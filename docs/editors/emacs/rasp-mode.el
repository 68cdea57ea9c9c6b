;;; rasp-mode.el --- Programs in RASP  -*- lexical-binding: t; -*-

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
    (,(regexp-opt '("def" "for" "in" "return" "if" "else" "and" "or" "not") 'words) . font-lock-keyword-face)
    (,(regexp-opt '("True" "False") 'words) . font-lock-constant-face)
    ("\\_<load\\_>[ \t]*\\(?:\"\\|$\\)" (0 font-lock-keyword-face))
    (,(concat (regexp-opt '("select" "aggregate" "round" "indicator" "len" "range" "zip" "draw") 'words) "[ \t]*(") 1 font-lock-builtin-face)
    (,(regexp-opt '("indices" "length" "tokens" "tokens_asis" "tokens_bool" "tokens_float" "tokens_int" "tokens_str") 'words) . font-lock-variable-name-face)
    (,(regexp-opt '("abs" "average" "best" "contains" "count" "div" "fetch" "first" "full_s" "has_focus" "last" "load_from_location" "mark_first_instance" "mark_last_instance" "max" "min" "select_from_first" "select_from_last" "select_next_identical" "selector_width" "shift" "sort" "sum") 'words) . font-lock-function-name-face)
    ("\\(?:^\\|[^A-Za-z_0-9.]\\)\\(\\(?:[0-9]+\\.?[0-9]*\\|\\.[0-9]+\\)\\(?:[eE][+-]?[0-9]+\\)?\\)"
     1 font-lock-constant-face)))

(defun rasp-indent-line ()
  "Indent by four spaces for each brace that is open."
  (interactive)
  (let ((depth (save-excursion
                 (beginning-of-line)
                 (let ((open (nth 0 (syntax-ppss))))
                   (skip-chars-forward " \t")
                   (if (looking-at "[]})]") (max 0 (1- open)) open)))))
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

; Colours for RASP.  Written by docs/editors/generate.py.

(comment) @comment
(string) @string
(integer) @number
(float) @number
(command) @keyword.directive

["def" "for" "in" "return" "if" "else" "load"] @keyword
["and" "or" "not"] @keyword.operator
["select" "aggregate" "round" "indicator" "len" "range" "zip" "draw"] @function.builtin
["==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "%" "^" "="] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ";" ":"] @punctuation.delimiter

(function name: (name) @function)
((name) @boolean
  (#any-of? @boolean "True" "False"))
((name) @variable.builtin
  (#any-of? @variable.builtin "indices" "length" "tokens" "tokens_asis" "tokens_bool" "tokens_float" "tokens_int" "tokens_str"))
((name) @function.builtin
  (#any-of? @function.builtin "abs" "average" "best" "contains" "count" "div" "fetch" "first" "full_s" "has_focus" "last" "load_from_location" "mark_first_instance" "mark_last_instance" "max" "min" "select_from_first" "select_from_last" "select_next_identical" "selector_width" "shift" "sort" "sum"))

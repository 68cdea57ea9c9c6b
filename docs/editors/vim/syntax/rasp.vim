" Colours for RASP.  Written by docs/editors/generate.py.
if exists("b:current_syntax")
  finish
endif

syntax keyword raspKeyword def for in return if else
syntax keyword raspWordOperator and or not
syntax keyword raspConstant True False
syntax keyword raspBase indices length tokens tokens_asis tokens_bool tokens_float tokens_int tokens_str
syntax match raspLibrary /\<\%(abs\|average\|best\|contains\|count\|div\|fetch\|first\|full_s\|has_focus\|last\|load_from_location\|mark_first_instance\|mark_last_instance\|max\|min\|select_from_first\|select_from_last\|select_next_identical\|selector_width\|shift\|sort\|sum\)\>/
syntax match raspLoad /\<load\>\ze\s*\"/
syntax match raspForm /\<\%(select\|aggregate\|round\|indicator\|len\|range\|zip\|draw\)\>\ze\s*(/
syntax match raspFunction /\<def\s\+\zs[A-Za-z_][A-Za-z_0-9]*/
syntax match raspOperator /==\|!=\|<=\|>=\|[-+*\/%^<>=]/
syntax match raspNumber /\%([A-Za-z_0-9]\)\@1<!\%(\d\+\.\?\d*\|\.\d\+\)\%([eE][+-]\?\d\+\)\?/
syntax match raspCommand /^\s*set\s\+example\>/
syntax match raspCommand /^\s*set\s\+s-op\s\+example\>/
syntax match raspCommand /^\s*set\s\+selector\s\+example\>/
syntax match raspCommand /^\s*show\s\+example\>/
syntax match raspCommand /^\s*show\s\+s-op\s\+example\>/
syntax match raspCommand /^\s*show\s\+selector\s\+example\>/
syntax match raspCommand /^\s*examples\s\+on\>/
syntax match raspCommand /^\s*examples\s\+off\>/
syntax match raspCommand /^\s*s-op\s\+examples\s\+on\>/
syntax match raspCommand /^\s*s-op\s\+examples\s\+off\>/
syntax match raspCommand /^\s*selector\s\+examples\s\+on\>/
syntax match raspCommand /^\s*selector\s\+examples\s\+off\>/
syntax match raspCommand /^\s*full\s\+seq\s\+display\s\+on\>/
syntax match raspCommand /^\s*full\s\+seq\s\+display\s\+off\>/
syntax match raspUnclosed /"[^"]*$/
syntax match raspString /"[^"]*"/
syntax match raspComment /#.*$/ contains=@Spell

highlight default link raspKeyword Keyword
highlight default link raspWordOperator Keyword
highlight default link raspConstant Boolean
highlight default link raspBase Identifier
highlight default link raspLibrary Function
highlight default link raspLoad Include
highlight default link raspForm Function
highlight default link raspFunction Function
highlight default link raspOperator Operator
highlight default link raspNumber Number
highlight default link raspCommand PreProc
highlight default link raspUnclosed Error
highlight default link raspString String
highlight default link raspComment Comment

let b:current_syntax = "rasp"

" How RASP is written: comments, indentation by braces, and the layout of `rasp fmt`.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=#\ %s comments=:#
setlocal expandtab shiftwidth=4 softtabstop=4
setlocal cindent cinoptions=+0,(0,J1 cinkeys=0{,0},0),!^F,o,O
setlocal suffixesadd=.rasp
let &l:formatprg = "rasp fmt -"
let b:undo_ftplugin = "setlocal commentstring< comments< expandtab< shiftwidth< softtabstop<"
      \ . " cindent< cinoptions< cinkeys< suffixesadd< formatprg<"

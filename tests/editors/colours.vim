" Opens files and says how pieces of them are coloured.
" In: g:asked, a list of [file, [[line, column in bytes], ...]].  Out: g:out, as JSON.
let s:found = []
for [s:file, s:places] in json_decode(join(readfile($ASKED), "\n"))
  execute "edit " . fnameescape(s:file)
  call add(s:found, [&filetype] + map(s:places, {_, at -> synIDattr(synID(at[0], at[1], 1), "name")}))
endfor
call writefile([json_encode(s:found)], $ANSWER)
qall!

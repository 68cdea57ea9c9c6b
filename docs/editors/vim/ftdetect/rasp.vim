autocmd BufRead,BufNewFile *.rasp setfiletype rasp

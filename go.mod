module limitcheck

go 1.26

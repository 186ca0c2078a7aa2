--- Programs that take commands: a regular expression for `exe`.
return '/(ba|da|z|k|mk|pdk|lk|tc|c|fi|ya|a|po)?sh[0-9.-]*( \\(deleted\\))?$|/busybox[^/]*$'

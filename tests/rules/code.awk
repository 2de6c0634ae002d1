# Prints each line of C as file:line:code, with comments gone and string literals empty.
FNR == 1 {
    in_comment = 0
}

{
    code = ""
    for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        two = substr($0, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (two == "/*") {
            in_comment = 1
            code = code " "
            i++
        } else if (two == "//") {
            break
        } else if (c == "\"" || c == "'") {
            code = code c c
            for (i++; i <= length($0) && substr($0, i, 1) != c; i++)
                if (substr($0, i, 1) == "\\")
                    i++
        } else {
            code = code c
        }
    }
    print FILENAME ":" FNR ":" code
}

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# cmake -DFROM=file -DTO=file.inc -P: the bytes of a file as an initializer of C.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x[0-9a-f][0-9a-f],){16}" "\\0\n" bytes "${bytes}")
file(WRITE ${TO} "${bytes}\n")

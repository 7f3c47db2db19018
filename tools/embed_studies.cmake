# SPDX-License-Identifier: Apache-2.0
# cmake -DOUT=studies.c "-DFILES=a.json;b.json" -P embed_studies.cmake: the files as arrays of bytes, each ended by 0, in the
# table ak_study_builtins. Arrays, because a string literal may have only 4095 characters in C11.
set(arrays "")
set(rows "")
foreach(file ${FILES})
    get_filename_component(name ${file} NAME_WE)
    string(MAKE_C_IDENTIFIER ${name} id)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "static const unsigned char ${id}[] = { ${bytes}0 };\n")
    string(APPEND rows "    { \"${name}\", (const char *)${id} },\n")
endforeach()
file(WRITE ${OUT} "/* made by tools/embed_studies.cmake */\n#include \"study/study.h\"\n\n${arrays}\nconst akin_study_builtin ak_study_builtins[] = {\n${rows}    { 0, 0 },\n};\n")

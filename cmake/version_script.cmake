# SPDX-License-Identifier: Apache-2.0
# cmake -DINCLUDE=include -DOUT=akin.map -P version_script.cmake: write the linker's version script. What the core
# headers (akin/*.h) declare with AKIN_API is of version AKIN_0, what akin/tool/*.h declares of AKIN_TOOL_0; nothing
# else leaves the library. tests/api.sh holds the library against the headers in another way.

function(exported_by folder out)
    file(GLOB headers ${folder}/*.h)
    set(names "")
    foreach(header ${headers})
        file(READ ${header} text)
        string(REGEX REPLACE "[][;]" "," text "${text}") # CMake's lists do not take them
        string(REGEX REPLACE "/[*]([^*]|[*]+[^*/])*[*]+/" " " text "${text}")
        string(REGEX MATCHALL "AKIN_API[^,({=]*[,(]" declarations "${text}")
        foreach(declaration ${declarations})
            if(declaration MATCHES "(akin_[a-z0-9_]+)[ \n]*[,(]$")
                list(APPEND names ${CMAKE_MATCH_1})
            endif()
        endforeach()
    endforeach()
    list(SORT names)
    list(REMOVE_DUPLICATES names)
    list(JOIN names ";\n        " names)
    set(${out} "${names}" PARENT_SCOPE)
endfunction()

exported_by(${INCLUDE}/akin core)
exported_by(${INCLUDE}/akin/tool tool)
file(WRITE ${OUT} "AKIN_0 {
    global:
        ${core};
    local:
        *;
};

AKIN_TOOL_0 {
    global:
        ${tool};
};
")

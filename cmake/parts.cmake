# SPDX-License-Identifier: Apache-2.0
# The optional parts: what a machine may lack, and akin is still built. AKIN_NAME is AUTO (used when found), ON (an
# error when not found) or OFF. Configuring says of each whether it is there, and what is lost when it is not; so do
# `akin --version` and the verb that meets its input (src/base/part.c).

# akin_part(NAME TITLE MODULE PACKAGE LOST): sets AKIN_HAVE_NAME to 1 or 0. MODULE: pkg-config's name; OpenMP is
# CMake's own to find.
function(akin_part name title module package lost)
    set(AKIN_${name} AUTO CACHE STRING "${title}: AUTO, ON or OFF; without it, ${lost}")
    set_property(CACHE AKIN_${name} PROPERTY STRINGS AUTO ON OFF)
    string(TOUPPER "${AKIN_${name}}" want)
    set(have 0)
    if(want STREQUAL "AUTO" OR want)
        if(module STREQUAL "OpenMP")
            find_package(OpenMP QUIET COMPONENTS C)
            set(found ${OpenMP_C_FOUND})
            set(version ${OpenMP_C_VERSION})
        else()
            pkg_check_modules(AKIN_PC_${name} QUIET IMPORTED_TARGET ${module})
            set(found ${AKIN_PC_${name}_FOUND})
            set(version ${AKIN_PC_${name}_VERSION})
        endif()
        if(found)
            set(have 1)
            message(STATUS "${title}: found (${module} ${version})")
        elseif(want STREQUAL "AUTO")
            message(STATUS "${title}: not found, ${lost} (Debian: ${package})")
        else()
            message(FATAL_ERROR "${title}: not found (${module}), and -DAKIN_${name}=${AKIN_${name}} asks for it. Install "
                                "it (Debian: ${package}), or give -DAKIN_${name}=OFF: then ${lost}.")
        endif()
    else()
        message(STATUS "${title}: off, ${lost}")
    endif()
    set(AKIN_HAVE_${name} ${have} PARENT_SCOPE)
endfunction()

akin_part(OPENMP OpenMP OpenMP "gcc, or libomp-dev" "akin runs on one thread")
akin_part(WEBP WebP libwebpdemux libwebp-dev ".webp images cannot be read")
akin_part(TIFF TIFF "libtiff-4>=4.5" libtiff-dev "TIFF images cannot be read")
akin_part(GIF GIF libgif libgif-dev "GIF images cannot be read")
akin_part(HEIF HEIF "libheif>=1.14" libheif-dev "HEIF and AVIF images cannot be read")
akin_part(ICU ICU icu-uc libicu-dev "only text that is all ASCII can be read")
akin_part(SQLITE SQLite sqlite3 libsqlite3-dev "akin study cannot run")

# A part that is absent is a file of its own: NAME_absent.c stands for NAME.c. akin_choose(LIST HAVE NAME)
function(akin_choose list have name)
    if(have)
        list(FILTER ${list} EXCLUDE REGEX "/${name}_absent\\.c$")
    else()
        list(FILTER ${list} EXCLUDE REGEX "/${name}\\.c$")
    endif()
    set(${list} ${${list}} PARENT_SCOPE)
endfunction()

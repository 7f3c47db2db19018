# SPDX-License-Identifier: Apache-2.0
# Man pages and completion, printed by the program itself: included by CMakeLists.txt, which makes and installs them, and
# run as a script, cmake -DAKIN=PROGRAM -DOUT=FOLDER -P man.cmake, which writes them.
if(CMAKE_SCRIPT_MODE_FILE)
    function(print_to file)
        execute_process(COMMAND ${AKIN} ${ARGN} OUTPUT_FILE "${OUT}/${file}" RESULT_VARIABLE code)
        if(NOT code EQUAL 0)
            message(FATAL_ERROR "${AKIN} ${ARGN}: ${code}")
        endif()
    endfunction()
    file(REMOVE_RECURSE "${OUT}/man1") # pages of verbs that are gone
    file(MAKE_DIRECTORY "${OUT}/man1")
    print_to(verbs help --list)
    file(STRINGS "${OUT}/verbs" verbs)
    print_to(man1/akin.1 help --man)
    foreach(verb ${verbs})
        print_to(man1/akin-${verb}.1 help --man ${verb})
    endforeach()
    print_to(akin completion bash)
    print_to(_akin completion zsh)
    print_to(akin.fish completion fish)
    return()
endif()

if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
    message(STATUS "man pages and completion: not made, the program is for another machine")
    return()
endif()
set(MAN_DIR ${CMAKE_CURRENT_BINARY_DIR}/shown)
add_custom_command(OUTPUT ${MAN_DIR}/akin.fish DEPENDS akin ${CMAKE_CURRENT_LIST_FILE} COMMENT "Man pages and completion"
                   COMMAND ${CMAKE_COMMAND} "-DAKIN=${CMAKE_CROSSCOMPILING_EMULATOR};$<TARGET_FILE:akin>" "-DOUT=${MAN_DIR}"
                           -P ${CMAKE_CURRENT_LIST_FILE} VERBATIM)
add_custom_target(man ALL DEPENDS ${MAN_DIR}/akin.fish)
install(DIRECTORY ${MAN_DIR}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${MAN_DIR}/akin DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${MAN_DIR}/_akin DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${MAN_DIR}/akin.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

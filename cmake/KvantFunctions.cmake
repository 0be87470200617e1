# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What every folder's CMakeLists is written in: kvant_add_dialect, kvant_add_stage,
# kvant_add_tool, kvant_add_unittest. Flags are set here and nowhere else.

separate_arguments(KVANT_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
set(KVANT_CXX_FLAGS ${KVANT_LLVM_DEFINITIONS} -Wall -Wextra -Wno-unused-parameter
  -Wno-deprecated-declarations)
if(KVANT_WERROR)
  list(APPEND KVANT_CXX_FLAGS -Werror)
endif()
if(NOT LLVM_ENABLE_RTTI)
  list(APPEND KVANT_CXX_FLAGS -fno-rtti)
endif()
if(KVANT_SANITIZE)
  list(APPEND KVANT_CXX_FLAGS -fsanitize=${KVANT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${KVANT_SANITIZE})
endif()

include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)

# One precompiled header of upstream headers serves all targets. KVANT_PCH_DIR may be
# shared between build trees of the same flags, so that ccache hits across them.
set(KVANT_PCH_DIR "${CMAKE_BINARY_DIR}/pch" CACHE PATH "Where the precompiled header is built")
option(KVANT_USE_PCH "Precompile upstream headers (clang only)" ON)
if(KVANT_USE_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  separate_arguments(pch_flags NATIVE_COMMAND
    "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}} -std=c++17 -fPIC -fno-exceptions")
  list(APPEND pch_flags ${KVANT_CXX_FLAGS})
  string(SHA1 pch_key "${pch_flags}")
  string(SUBSTRING "${pch_key}" 0 10 pch_key)
  set(pch_header "${KVANT_PCH_DIR}/kvant-${pch_key}.h")
  set(pch_file "${KVANT_PCH_DIR}/kvant-${pch_key}.pch")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/Precompiled.h ${pch_header} COPYONLY)
  add_custom_command(OUTPUT ${pch_file}
    COMMAND ${CMAKE_CXX_COMPILER} ${pch_flags}
      -isystem ${MLIR_INCLUDE_DIRS} -x c++-header -Xclang -fno-pch-timestamp
      ${pch_header} -o ${pch_file}
    DEPENDS ${pch_header}
    COMMENT "Precompiling upstream headers" VERBATIM)
  add_custom_target(kvant-pch DEPENDS ${pch_file})
endif()

function(kvant_compile_options target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:${KVANT_CXX_FLAGS}>)
  get_target_property(exceptions ${target} KVANT_EXCEPTIONS)
  if(exceptions)
    return()
  endif()
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
  if(TARGET kvant-pch)
    add_dependencies(${target} kvant-pch)
    # CMake compiles executables with -fPIE, which the header was not compiled with.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fPIC>)
    target_compile_options(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-include-pch ${pch_file} -Xclang -fno-pch-timestamp>")
  endif()
endfunction()

# kvant_add_library(Kvant<Name> file... DEPENDS target... LINK library...)
# A static library of the project; it links only the named libraries, MLIR and LLVM.
function(kvant_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  kvant_compile_options(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  target_include_directories(${name} INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY KVANT_LIBRARIES ${name})
  install(TARGETS ${name} EXPORT KvantTargets)
endfunction()

# kvant_add_dialect(<Name> file... LINK library...)
# Runs TableGen on <Name>Ops.td of the current folder (and on the files it may have beside
# it: <Name>Interfaces.td, <Name>Attrs.td) and builds Kvant<Name>.
function(kvant_add_dialect name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  string(TOLOWER ${name} lower)
  set(LLVM_TARGET_DEFINITIONS ${name}Ops.td)
  mlir_tablegen(${name}Ops.h.inc -gen-op-decls)
  mlir_tablegen(${name}Ops.cpp.inc -gen-op-defs)
  mlir_tablegen(${name}Dialect.h.inc -gen-dialect-decls -dialect=${lower})
  mlir_tablegen(${name}Dialect.cpp.inc -gen-dialect-defs -dialect=${lower})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${name}Attrs.td)
    set(LLVM_TARGET_DEFINITIONS ${name}Attrs.td)
    mlir_tablegen(${name}Enums.h.inc -gen-enum-decls)
    mlir_tablegen(${name}Enums.cpp.inc -gen-enum-defs)
    mlir_tablegen(${name}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${lower})
    mlir_tablegen(${name}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${lower})
  endif()
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${name}Interfaces.td)
    set(LLVM_TARGET_DEFINITIONS ${name}Interfaces.td)
    mlir_tablegen(${name}Interfaces.h.inc -gen-op-interface-decls)
    mlir_tablegen(${name}Interfaces.cpp.inc -gen-op-interface-defs)
  endif()
  add_public_tablegen_target(Kvant${name}IncGen)
  set_property(GLOBAL APPEND PROPERTY KVANT_TABLEGEN_TARGETS Kvant${name}IncGen)
  kvant_add_library(Kvant${name} ${ARG_UNPARSED_ARGUMENTS} DEPENDS Kvant${name}IncGen
    LINK ${ARG_LINK})
endfunction()

# kvant_add_passes(<Stage>): TableGen for include/kvant/<Stage>/Passes.td.
function(kvant_add_passes stage)
  set(LLVM_TARGET_DEFINITIONS ${PROJECT_SOURCE_DIR}/include/kvant/${stage}/Passes.td)
  set(out ${PROJECT_BINARY_DIR}/include/kvant/${stage})
  file(MAKE_DIRECTORY ${out})
  file(RELATIVE_PATH rel ${CMAKE_CURRENT_BINARY_DIR} ${out})
  mlir_tablegen(${rel}/Passes.h.inc -gen-pass-decls -name=Kvant${stage})
  add_public_tablegen_target(Kvant${stage}PassIncGen)
  set_property(GLOBAL APPEND PROPERTY KVANT_TABLEGEN_TARGETS Kvant${stage}PassIncGen)
endfunction()

# kvant_add_stage(<Stage> file... LINK library...): Kvant<Stage>, with its passes if
# include/kvant/<Stage>/Passes.td exists.
function(kvant_add_stage stage)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  get_property(generated GLOBAL PROPERTY KVANT_TABLEGEN_TARGETS)
  if(EXISTS ${PROJECT_SOURCE_DIR}/include/kvant/${stage}/Passes.td)
    kvant_add_passes(${stage})
    list(APPEND generated Kvant${stage}PassIncGen)
  endif()
  kvant_add_library(Kvant${stage} ${ARG_UNPARSED_ARGUMENTS} DEPENDS ${generated}
    LINK ${ARG_LINK})
endfunction()

# kvant_add_tool(<name> file... LINK library...): an executable in bin/.
function(kvant_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  get_property(generated GLOBAL PROPERTY KVANT_TABLEGEN_TARGETS)
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  kvant_compile_options(${name})
  add_dependencies(${name} ${generated})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  set_target_properties(${name} PROPERTIES BUILD_RPATH "${LLVM_LIBRARY_DIR}"
    INSTALL_RPATH "${LLVM_LIBRARY_DIR}")
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# kvant_add_unittest(<Name>Test file... LINK library...): a GoogleTest program, run by ctest.
function(kvant_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  get_property(generated GLOBAL PROPERTY KVANT_TABLEGEN_TARGETS)
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  kvant_compile_options(${name})
  add_dependencies(${name} ${generated})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main MLIR LLVM)
  set_target_properties(${name} PROPERTIES BUILD_RPATH "${LLVM_LIBRARY_DIR}"
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/unittests")
  add_test(NAME ${name} COMMAND ${name})
  set_property(GLOBAL APPEND PROPERTY KVANT_UNITTESTS ${name})
endfunction()

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Installs the build tree, builds examples/cmake-package against it, and runs the result.
# Run by ctest as: cmake -DBUILD=... -DSOURCE=... -DCXX=... -DC=... -P cmake-package.cmake

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "status ${status}: ${command}\n${out}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

set(work ${BUILD}/cmake-package)
file(REMOVE_RECURSE ${work})
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/prefix)
step(${CMAKE_COMMAND} -S ${SOURCE}/examples/cmake-package -B ${work}/build -G Ninja
  -DCMAKE_PREFIX_PATH=${work}/prefix -DCMAKE_C_COMPILER=${C} -DCMAKE_CXX_COMPILER=${CXX}
  -DCMAKE_EXE_LINKER_FLAGS=${LINKER_FLAGS} -DCMAKE_CXX_FLAGS=${CXX_FLAGS})
step(${CMAKE_COMMAND} --build ${work}/build)
step(${work}/build/show-costs ${SOURCE}/test/package/Inputs/relu.mlir)
if(NOT out MATCHES "qnn.relu 64\ntotal 64\n")
  message(FATAL_ERROR "unexpected output: ${out}")
endif()
file(REMOVE_RECURSE ${work})

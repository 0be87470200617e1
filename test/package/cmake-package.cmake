# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Installs the build tree, builds the outside projects of examples/ against it, and runs them.
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

function(build project)
  step(${CMAKE_COMMAND} -S ${SOURCE}/examples/${project} -B ${work}/${project} -G Ninja
    -DCMAKE_PREFIX_PATH=${work}/prefix -DCMAKE_C_COMPILER=${C} -DCMAKE_CXX_COMPILER=${CXX}
    -DCMAKE_EXE_LINKER_FLAGS=${LINKER_FLAGS} -DCMAKE_CXX_FLAGS=${CXX_FLAGS})
  step(${CMAKE_COMMAND} --build ${work}/${project})
endfunction()

build(cmake-package)
step(${work}/cmake-package/show-costs ${SOURCE}/test/package/Inputs/relu.mlir)
if(NOT out MATCHES "qnn.relu 64\ntotal 64\n")
  message(FATAL_ERROR "unexpected output: ${out}")
endif()

build(cpp)
set(digits ${SOURCE}/examples/digits)
step(${work}/cpp/compile-and-run ${digits}/digits.tflite ${digits}/calibration.npz
  ${work}/digits.so ${digits}/test.npz)
if(NOT out MATCHES "scores: 5000 elements")
  message(FATAL_ERROR "unexpected output: ${out}")
endif()
file(REMOVE_RECURSE ${work})

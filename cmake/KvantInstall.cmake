# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` puts down besides the targets: headers, TableGen sources, generated
# code, and the package that find_package(Kvant) finds.
include(CMakePackageConfigHelpers)

set(KVANT_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/Kvant")

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/kvant DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/dialects DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY ${PROJECT_BINARY_DIR}/include/kvant DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.inc")
install(DIRECTORY ${PROJECT_BINARY_DIR}/dialects DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.inc" PATTERN "CMakeFiles" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT KvantTargets NAMESPACE Kvant:: DESTINATION ${KVANT_PACKAGE_DIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/KvantConfig.cmake.in
  ${PROJECT_BINARY_DIR}/KvantConfig.cmake INSTALL_DESTINATION ${KVANT_PACKAGE_DIR}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/KvantConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/KvantConfig.cmake ${PROJECT_BINARY_DIR}/KvantConfigVersion.cmake
  DESTINATION ${KVANT_PACKAGE_DIR})

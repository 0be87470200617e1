// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The file of --tune: measured register tiles.
#ifndef KVANT_LIB_DRIVER_TILEFILE_H
#define KVANT_LIB_DRIVER_TILEFILE_H

#include "kvant/Codegen/Tiles.h"
#include <map>
#include <optional>

namespace kvant {

/// docs/schemas/tiles.schema.json describes the file.
class TileFile {
public:
  /// Reads `path`; no entries if there is no such file. Every entry must be legal, whatever it
  /// is for; the error names file and entry.
  static llvm::Expected<TileFile> read(llvm::StringRef path);

  bool has(llvm::StringRef cpu, const std::string &key) const {
    return entries.count({cpu.str(), key}) != 0;
  }
  /// `speedup` over the tile of the cost function is for people to read.
  void add(llvm::StringRef cpu, const codegen::TileChoice &choice, double speedup) {
    entries[{cpu.str(), choice.getKey()}] = {choice, speedup};
  }

  /// The tiles for the levels of `target`, as kvant-form-kernels takes them.
  std::vector<std::string> getTiles(const codegen::Target &target) const;

  /// The whole file, entries by CPU, level and shape.
  std::string getText() const;

private:
  struct Entry {
    codegen::TileChoice choice;
    std::optional<double> speedup;
  };
  llvm::Error readEntry(llvm::StringRef file, const llvm::json::Value &value,
                        const std::string &where);

  std::map<std::pair<std::string, std::string>, Entry> entries; ///< by CPU and key
};

} // namespace kvant

#endif // KVANT_LIB_DRIVER_TILEFILE_H

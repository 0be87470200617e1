// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The recipe: what a user says about how a model is to be quantized.
#ifndef KVANT_SUPPORT_RECIPE_H
#define KVANT_SUPPORT_RECIPE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace kvant {

/// Which range rule turns the statistics of a tensor into its range.
struct CalibratorChoice {
  std::string method = "minmax";
  double percentile = 99.99; ///< used by "percentile" only
};

/// The schemes that an operation can be given, in the order of --help.
llvm::ArrayRef<llvm::StringRef> getOpSchemes();

/// One rule: applies to the operations that match both patterns.
struct RecipeOverride {
  std::string name; ///< glob over the operation's name; empty matches all
  std::string kind; ///< glob over the operation's kind ("conv_2d"); empty matches all
  std::optional<std::string> scheme;
  std::optional<CalibratorChoice> calibrator;

  bool matches(llvm::StringRef opName, llvm::StringRef opKind) const;
  /// How errors call it: name "conv*", kind "conv_2d".
  std::string describe() const;
};

/// docs/schemas/recipe.schema.json describes the file.
struct Recipe {
  std::optional<std::string> scheme;
  std::optional<CalibratorChoice> calibrator;
  std::vector<RecipeOverride> overrides; ///< the last match wins

  static llvm::Expected<Recipe> read(llvm::StringRef path);
};

} // namespace kvant

#endif // KVANT_SUPPORT_RECIPE_H

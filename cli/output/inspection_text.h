#pragma once

// What a look found as tables: heads, attention, residual stream, lens, attribution, loss. Pure.

#include <string>
#include <vector>

#include "cli/output/json.h"
#include "cli/output/table.h"
#include "proto/client/inspection.h"

namespace lab::cli {

// A table with its heading.
struct TitledTable {
  std::string title;
  Table table;
};

// `sort`: a score by which heads are listed, "induction"; "" in their order. Requires: a whole
// look.
std::vector<TitledTable> InspectionTables(const Inspection& inspection, const std::string& sort);

// Tokens, tensors with their data as one flat row-major list each, seconds.
Json InspectionJson(const Inspection& inspection);

}  // namespace lab::cli

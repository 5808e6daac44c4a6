#pragma once

// What is shown of attention patterns, as plain tables of numbers. Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lab::gui {

// A pattern of one head, or a difference of two: rows are queries, columns keys. Of the keys after
// the query, which it cannot see, it holds 0. NaN is what is left out.
struct AttentionMap {
  int queries = 0, keys = 0;
  std::vector<float> values;  // row by row

  float at(int query, int key) const { return row(query)[key]; }
  const float* row(int query) const {
    return values.data() + static_cast<size_t>(query) * static_cast<size_t>(keys);
  }
  float* row(int query) {
    return values.data() + static_cast<size_t>(query) * static_cast<size_t>(keys);
  }
};

// What is done about the first token, on which heads rest that have nothing to say.
enum class Sink {
  kShow,
  kHide,         // the first key is left out
  kRenormalise,  // and the others are given as shares of what remains
};

// The map with its first key as `sink` says. Where nothing remains to be shared out, as at the
// first query, the shares are 0.
AttentionMap shownMap(AttentionMap map, Sink sink);

// Over the keys of each query, and over the queries of each key; what is left out counts as 0.
std::vector<double> rowSums(const AttentionMap& map);
std::vector<double> columnSums(const AttentionMap& map);

// Requires: all have one shape; there is at least one.
AttentionMap averageOf(const std::vector<std::shared_ptr<const AttentionMap>>& maps);
// a − b. Requires: both have one shape.
AttentionMap differenceOf(const AttentionMap& a, const AttentionMap& b);

// How far two patterns are apart.
struct MapDifference {
  double mean = 0;  // of |a − b| over the keys that each query sees
  double most = 0;
};
// Requires: whole patterns of one shape, query q at row q.
MapDifference sizeOfDifference(const AttentionMap& a, const AttentionMap& b);

// A pattern made small: some of its queries, and of the keys' columns, the strongest of each few;
// the first key is kept by itself, so that it can be hidden afterwards.
struct HeadThumb {
  int rows = 0, columns = 0, stride = 1;  // each stride-th query
  std::vector<float> values;              // without the first key
  std::vector<float> sink;                // the first key's, row by row

  size_t bytes() const { return (values.size() + sink.size()) * sizeof(float); }
};
inline constexpr int kThumbSide = 128;
// The queries of a text that its small maps show.
std::vector<int64_t> thumbQueries(int length);
// `queries`: a row for each of thumbQueries(length), or for each of all.
HeadThumb thumbOf(const float* pattern, int rows, int length);
// As a map of rows × columns.
AttentionMap shownThumb(const HeadThumb& thumb, Sink sink);

}  // namespace lab::gui

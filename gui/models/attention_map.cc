#include "gui/models/attention_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lab::gui {
namespace {

constexpr float kLeftOut = std::numeric_limits<float>::quiet_NaN();

// Shares of what the first key leaves.
void shareOut(float* values, int count, float sink) {
  const float rest = 1 - sink;
  // Rounding leaves a little of a row that has nothing else.
  const float scale = rest > 1e-6F ? 1 / rest : 0;
  for (int i = 0; i < count; ++i) values[i] *= scale;
}

}  // namespace

AttentionMap shownMap(AttentionMap map, Sink sink) {
  if (sink == Sink::kShow || map.keys == 0) return map;
  for (int query = 0; query < map.queries; ++query) {
    float* row = map.row(query);
    if (sink == Sink::kRenormalise) shareOut(row + 1, map.keys - 1, row[0]);
    row[0] = kLeftOut;
  }
  return map;
}

std::vector<double> rowSums(const AttentionMap& map) {
  std::vector<double> sums(static_cast<size_t>(map.queries), 0);
  for (int query = 0; query < map.queries; ++query) {
    const float* row = map.row(query);
    for (int key = 0; key < map.keys; ++key) {
      if (std::isfinite(row[key])) sums[static_cast<size_t>(query)] += row[key];
    }
  }
  return sums;
}

std::vector<double> columnSums(const AttentionMap& map) {
  std::vector<double> sums(static_cast<size_t>(map.keys), 0);
  for (int query = 0; query < map.queries; ++query) {
    const float* row = map.row(query);
    for (int key = 0; key < map.keys; ++key) {
      if (std::isfinite(row[key])) sums[static_cast<size_t>(key)] += row[key];
    }
  }
  return sums;
}

AttentionMap averageOf(const std::vector<std::shared_ptr<const AttentionMap>>& maps) {
  AttentionMap mean = *maps.front();
  for (size_t i = 1; i < maps.size(); ++i) {
    for (size_t at = 0; at < mean.values.size(); ++at) mean.values[at] += maps[i]->values[at];
  }
  const float scale = 1 / static_cast<float>(maps.size());
  for (float& value : mean.values) value *= scale;
  return mean;
}

AttentionMap differenceOf(const AttentionMap& a, const AttentionMap& b) {
  AttentionMap difference = a;
  for (size_t at = 0; at < a.values.size(); ++at) difference.values[at] -= b.values[at];
  return difference;
}

MapDifference sizeOfDifference(const AttentionMap& a, const AttentionMap& b) {
  MapDifference size;
  double sum = 0, seen = 0;
  for (int query = 0; query < a.queries; ++query) {
    const float *here = a.row(query), *there = b.row(query);
    for (int key = 0; key <= query && key < a.keys; ++key) {
      const double away = std::abs(double{here[key]} - double{there[key]});
      if (!std::isfinite(away)) continue;
      sum += away;
      size.most = std::max(size.most, away);
      ++seen;
    }
  }
  size.mean = seen > 0 ? sum / seen : 0;
  return size;
}

std::vector<int64_t> thumbQueries(int length) {
  const int stride = (length + kThumbSide - 1) / kThumbSide;
  std::vector<int64_t> queries;
  for (int query = 0; query < length; query += stride) queries.push_back(query);
  return queries;
}

HeadThumb thumbOf(const float* pattern, int rows, int length) {
  HeadThumb thumb;
  thumb.stride = std::max(1, (length + kThumbSide - 1) / kThumbSide);
  thumb.rows = (length + thumb.stride - 1) / thumb.stride;
  thumb.columns = thumb.rows;
  const int step = rows == length ? thumb.stride : 1;
  thumb.values.assign(static_cast<size_t>(thumb.rows) * static_cast<size_t>(thumb.columns), 0);
  for (int row = 0; row < thumb.rows; ++row) {
    const float* keys = pattern + static_cast<size_t>(row) * static_cast<size_t>(step) *
                                      static_cast<size_t>(length);
    thumb.sink.push_back(keys[0]);
    float* place =
        thumb.values.data() + static_cast<size_t>(row) * static_cast<size_t>(thumb.columns);
    for (int key = 1; key < length; ++key) {
      float& strongest = place[key / thumb.stride];
      strongest = std::max(strongest, keys[key]);
    }
  }
  return thumb;
}

AttentionMap shownThumb(const HeadThumb& thumb, Sink sink) {
  AttentionMap map{thumb.rows, thumb.columns, thumb.values};
  for (int i = 0; i < thumb.rows; ++i) {
    float* row = map.row(i);
    const float first = thumb.sink[static_cast<size_t>(i)];
    if (sink == Sink::kShow) row[0] = std::max(row[0], first);
    if (sink == Sink::kRenormalise) shareOut(row, thumb.columns, first);
    // With a column of its own the first key is left out as in the large map.
    if (sink != Sink::kShow && thumb.stride == 1) row[0] = kLeftOut;
  }
  return map;
}

}  // namespace lab::gui

#pragma once

// The scores of attention heads: as they are called, in which order they put the heads, and which
// heads a search finds. Pure; any thread.

#include <QString>
#include <compare>
#include <vector>

#include "core/base/status.h"
#include "proto/client/inspection.h"

namespace lab::gui {

struct HeadId {
  int layer = 0;
  int head = 0;  // kMeanHead: the mean of the layer's heads
  auto operator<=>(const HeadId&) const = default;
};
inline constexpr int kMeanHead = -1;
// "1.3", "1.mean".
QString headName(HeadId id);

struct HeadScore {
  QString name;  // "previous token"
  QString unit;  // "nats"
  int heads = 0;
  std::vector<double> values;  // layer by layer; NaN where it has no meaning

  double of(HeadId id) const { return values[static_cast<size_t>(id.layer * heads + id.head)]; }
};

// Of all tensors "heads/…", in their order.
std::vector<HeadScore> headScoresOf(const Inspection& inspection);
// What a score means, in a sentence; "" if that is not known.
QString scoreMeaning(const QString& name);
// "0.71", "0.92 nats", "–" for one without meaning.
QString scoreText(const HeadScore& score, HeadId id);

// All heads, layer by layer.
std::vector<HeadId> allHeads(int layers, int heads);
// The greatest score first, what has none last.
std::vector<HeadId> sortedHeads(std::vector<HeadId> ids, const HeadScore& by);
// Those that fit all conditions of `text`, which are separated by commas: "1.3", "layer 1",
// "head 3", "induction > 0.4". "" fits all. INVALID_ARGUMENT says what is not understood.
absl::StatusOr<std::vector<HeadId>> foundHeads(const std::vector<HeadId>& ids, const QString& text,
                                               const std::vector<HeadScore>& scores);

}  // namespace lab::gui

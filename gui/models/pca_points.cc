#include "gui/models/pca_points.h"

#include <algorithm>
#include <map>

#include "gui/models/probe_words.h"

namespace lab::gui {
namespace {

// Tokens that come more than once, by how often and then by their first place.
std::vector<int64_t> frequentIds(const v1::InspectPlan& plan) {
  std::map<int64_t, int> counts;
  std::vector<int64_t> ids;
  for (const v1::InspectToken& token : plan.tokens()) {
    if (++counts[token.id()] == 2) ids.push_back(token.id());
  }
  std::stable_sort(ids.begin(), ids.end(),
                   [&](int64_t a, int64_t b) { return counts[a] > counts[b]; });
  if (ids.size() > kMostGroups) ids.resize(kMostGroups);
  return ids;
}

std::string textOf(const v1::InspectPlan& plan, int64_t id) {
  for (const v1::InspectToken& token : plan.tokens()) {
    if (token.id() == id) return token.text();
  }
  return "";
}

}  // namespace

PcaDots pcaDotsOf(const Inspection& look, const PcaWish& wish) {
  PcaDots found;
  const InspectedTensor& places = *look.Find(wish.joint ? "pca/places" : "pca/own_places");
  const InspectedTensor& shares = *look.Find(wish.joint ? "pca/shares" : "pca/own_shares");
  const int64_t points = places.Dim(0), tokens = places.Dim(1);
  found.components = static_cast<int>(places.Dim(2));
  int64_t first = 0, last = points - 1;
  if (wish.point >= 0) first = last = std::min<int64_t>(wish.point, points - 1);
  auto shareOf = [&](int component) -> double {
    if (component >= found.components) return 0;
    return wish.joint ? shares.Float({component}) : shares.Float({first, component});
  };
  found.x_share = shareOf(wish.x);
  found.y_share = shareOf(wish.y);
  std::vector<int64_t> ids;
  if (wish.colour == PcaColour::kToken) ids = frequentIds(look.plan);
  for (int64_t id : ids) found.groups.push_back(textOf(look.plan, id));
  const int64_t all = (last - first + 1) * tokens;
  const int64_t stride = std::max<int64_t>(1, (all + kMostDots - 1) / kMostDots);
  auto share = [](int64_t place, int64_t count) {
    return count > 1 ? static_cast<double>(place) / static_cast<double>(count - 1) : 0;
  };
  for (int64_t token = 0; token < tokens; ++token) {
    if (token % stride != 0) {
      ++found.left_out;
      continue;
    }
    const int64_t position = positionAt(places, 1, token);
    int group = -1;
    if (!ids.empty() && position < look.plan.tokens_size()) {
      const auto id =
          std::find(ids.begin(), ids.end(), look.plan.tokens(static_cast<int>(position)).id());
      if (id != ids.end()) group = static_cast<int>(id - ids.begin());
    }
    for (int64_t point = first; point <= last; ++point) {
      auto along = [&](int component) -> double {
        return component < found.components ? places.Float({point, token, component}) : 0;
      };
      found.dots.push_back(
          {along(wish.x), along(wish.y), static_cast<int>(point), position,
           wish.colour == PcaColour::kPoint ? share(point, points) : share(token, tokens), group});
    }
  }
  return found;
}

}  // namespace lab::gui

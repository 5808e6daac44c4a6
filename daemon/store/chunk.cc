#include "daemon/store/chunk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "core/base/strings.h"
#include "daemon/store/database.h"

namespace lab {
namespace {

static_assert(std::endian::native == std::endian::little, "blobs are copied as they lie");
static_assert(sizeof(StoredPoint) == 32 && std::is_trivially_copyable_v<StoredPoint>);
static_assert(sizeof(Extremes) == 5 * 32 && std::is_trivially_copyable_v<Extremes>);

absl::Status WrongSize(std::string_view what, size_t size) {
  return Failure(absl::StatusCode::kDataLoss, kDatabaseDamaged,
                 StrCat("the database is damaged: ", what, " of ", size, " bytes"));
}

template <class T>
void AppendColumn(const std::vector<StoredPoint>& points, T StoredPoint::*member,
                  std::string* blob) {
  for (const StoredPoint& point : points) {
    blob->append(reinterpret_cast<const char*>(&(point.*member)), sizeof(T));
  }
}

template <class T>
void ReadColumn(const char* from, T StoredPoint::*member, StoredPoint* points, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(&(points[i].*member), from + i * sizeof(T), sizeof(T));
  }
}

void Keep(const StoredPoint& candidate, bool better, StoredPoint* kept) {
  if (candidate.sequence != 0 && (kept->sequence == 0 || better)) *kept = candidate;
}

}  // namespace

void Extremes::Add(const StoredPoint& point) {
  if (first.sequence == 0) first = point;
  last = point;
  if (std::isnan(point.value)) {
    Keep(point, false, &first_nan);
  } else {
    Keep(point, point.value < smallest.value, &smallest);
    Keep(point, point.value > greatest.value, &greatest);
  }
}

void Extremes::Add(const Extremes& later) {
  Keep(later.first, false, &first);
  Keep(later.last, true, &last);
  Keep(later.smallest, later.smallest.value < smallest.value, &smallest);
  Keep(later.greatest, later.greatest.value > greatest.value, &greatest);
  Keep(later.first_nan, false, &first_nan);
}

std::vector<StoredPoint> Extremes::Points() const {
  std::vector<StoredPoint> points;
  for (const StoredPoint& point : {first, smallest, greatest, first_nan, last}) {
    if (point.sequence != 0) points.push_back(point);
  }
  auto by_sequence = [](const auto& a, const auto& b) { return a.sequence < b.sequence; };
  auto same = [](const auto& a, const auto& b) { return a.sequence == b.sequence; };
  std::sort(points.begin(), points.end(), by_sequence);
  points.erase(std::unique(points.begin(), points.end(), same), points.end());
  return points;
}

Extremes ExtremesOf(const std::vector<StoredPoint>& points) {
  Extremes extremes;
  for (const StoredPoint& point : points) extremes.Add(point);
  return extremes;
}

std::string EncodePoints(const std::vector<StoredPoint>& points) {
  std::string blob;
  blob.reserve(points.size() * sizeof(StoredPoint));
  AppendColumn(points, &StoredPoint::sequence, &blob);
  AppendColumn(points, &StoredPoint::step, &blob);
  AppendColumn(points, &StoredPoint::seconds, &blob);
  AppendColumn(points, &StoredPoint::value, &blob);
  return blob;
}

absl::Status DecodePoints(std::string_view blob, std::vector<StoredPoint>* appended) {
  if (blob.size() % sizeof(StoredPoint) != 0) return WrongSize("points", blob.size());
  size_t count = blob.size() / sizeof(StoredPoint);
  size_t start = appended->size();
  appended->resize(start + count);
  StoredPoint* points = appended->data() + start;
  const char* from = blob.data();
  ReadColumn(from, &StoredPoint::sequence, points, count);
  ReadColumn(from + 8 * count, &StoredPoint::step, points, count);
  ReadColumn(from + 16 * count, &StoredPoint::seconds, points, count);
  ReadColumn(from + 24 * count, &StoredPoint::value, points, count);
  return absl::OkStatus();
}

std::string EncodeExtremes(const Extremes& extremes) {
  return std::string(reinterpret_cast<const char*>(&extremes), sizeof(Extremes));
}

absl::StatusOr<Extremes> DecodeExtremes(std::string_view blob) {
  if (blob.size() != sizeof(Extremes)) return WrongSize("extremes", blob.size());
  Extremes extremes;
  std::memcpy(&extremes, blob.data(), sizeof(Extremes));
  return extremes;
}

}  // namespace lab

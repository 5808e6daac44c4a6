#include "proto/client/display.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr std::array<std::pair<v1::Job::State, std::string_view>, 8> kStates = {{
    {v1::Job::QUEUED, "queued"},
    {v1::Job::HELD, "held"},
    {v1::Job::RUNNING, "running"},
    {v1::Job::STOPPING, "stopping"},
    {v1::Job::PAUSED, "paused"},
    {v1::Job::SUCCEEDED, "succeeded"},
    {v1::Job::FAILED, "failed"},
    {v1::Job::CANCELLED, "cancelled"},
}};

template <class... Arguments>
std::string Print(const char* format, Arguments... arguments) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  return buffer.data();
}

}  // namespace

std::string StateWord(v1::Job::State state) {
  for (const auto& [known, word] : kStates) {
    if (known == state) return std::string(word);
  }
  return "unknown";
}

v1::Job::State StateOfWord(std::string_view word) {
  for (const auto& [state, known] : kStates) {
    if (known == word) return state;
  }
  return v1::Job::STATE_UNSPECIFIED;
}

std::string FormatDuration(double seconds) {
  if (!std::isfinite(seconds)) return "unknown";
  if (seconds < 0) seconds = 0;
  if (seconds < 9.95) return seconds == 0 ? "0 s" : Print("%.2g s", seconds);
  auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 60) return StrCat(whole, " s");
  if (whole < 3600) return StrCat(whole / 60, " min ", whole % 60, " s");
  if (whole < 86400) return Print("%lld h %02lld min", whole / 3600, whole % 3600 / 60);
  return StrCat(whole / 86400, " d ", whole % 86400 / 3600, " h");
}

std::string FormatCount(double count) {
  if (!std::isfinite(count)) return FormatDouble(count);
  constexpr std::array<const char*, 5> kUnits = {"", " k", " M", " G", " T"};
  size_t unit = 0;
  while (std::abs(count) >= 999.5 && unit + 1 < kUnits.size()) {
    count /= 1000;
    ++unit;
  }
  bool whole = unit == 0 && count == std::floor(count);
  int digits = whole || std::abs(count) >= 99.95 ? 0 : 1;
  return Print("%.*f%s", digits, count, kUnits[unit]);
}

std::string FormatBinaryBytes(int64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (std::abs(value) >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const int digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::array<char, 32> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.*f %s", digits, value, kUnits[unit]);
  return buffer.data();
}

std::string FormatGrouped(int64_t count) {
  std::string digits = StrCat(count);
  std::string grouped;
  for (size_t at = 0; at < digits.size(); ++at) {
    bool after_digit = !grouped.empty() && grouped.back() != '-';
    if (after_digit && (digits.size() - at) % 3 == 0) grouped += ',';
    grouped += digits[at];
  }
  return grouped;
}

std::string FormatNumber(double value) {
  if (!std::isfinite(value)) return FormatDouble(value);
  if (value == std::floor(value) && std::abs(value) < 1e7) return Print("%.0f", value);
  if (std::abs(value) >= 0.001 && std::abs(value) < 1000) {
    return Print("%.*f", std::abs(value) < 10 ? 4 : std::abs(value) < 100 ? 3 : 2, value);
  }
  return Print("%.4g", value);
}

std::string FormatEstimate(double mean, std::optional<double> standard_error, bool unicode) {
  const char* sign = unicode ? " \u00b1 " : " +/- ";
  if (!standard_error) return StrCat(FormatNumber(mean), sign, "undefined");
  const double error = *standard_error;
  const bool plain = error > 0 && std::isfinite(error) && std::isfinite(mean) && error >= 1e-6 &&
                     std::abs(mean) < 1e7;
  if (!plain) return StrCat(FormatNumber(mean), sign, FormatNumber(error));
  const int decimals = std::max(0, 1 - static_cast<int>(std::floor(std::log10(error))));
  return StrCat(Print("%.*f", decimals, mean), sign, Print("%.*f", decimals, error));
}

std::string TallyText(const v1::Tally& tally) {
  std::string text = StrCat(tally.counted(), " of ", tally.members());
  auto add = [&](int64_t count, const char* word) {
    if (count > 0) text += StrCat(", ", count, " ", word);
  };
  add(tally.diverged(), "diverged");
  add(tally.failed(), "failed");
  add(tally.cancelled(), "cancelled");
  add(tally.running(), "running");
  add(tally.waiting(), "waiting");
  add(tally.without(), "without a point");
  return text;
}

std::string StepTallyText(int64_t members, int64_t n, int64_t diverged) {
  v1::Tally tally;
  tally.set_members(members);
  tally.set_counted(n);
  tally.set_diverged(diverged);
  tally.set_without(members - n - diverged);
  return TallyText(tally);
}

std::string FormatPercent(double fraction) {
  if (!std::isfinite(fraction)) return "";
  double percent = std::clamp(fraction, 0.0, 1.0) * 100;
  double shown = std::floor(percent);
  if (percent > 0 && shown < 1) shown = 1;
  return Print("%.0f %%", shown);
}

std::string FormatCelsius(double celsius, bool unicode) {
  return StrCat(std::llround(celsius), unicode ? " °C" : " C");
}

std::string FormatWatts(double watts) { return StrCat(std::llround(watts), " W"); }

double UnixSeconds(const google::protobuf::Timestamp& time) {
  return static_cast<double>(time.seconds()) + time.nanos() * 1e-9;
}

std::string CsvCell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string FormatTime(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  auto seconds = static_cast<time_t>(time.seconds());
  tm parts{};
  gmtime_r(&seconds, &parts);
  return Print("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
               parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, time.nanos() / 1000000);
}

}  // namespace lab

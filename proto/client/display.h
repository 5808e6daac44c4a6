#pragma once

// The words and numbers that both faces show: the same quantity reads the same everywhere. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/timestamp.pb.h>

#include "lab/v1/group.pb.h"
#include "lab/v1/job.pb.h"

namespace lab {

// "queued", "held", … ; "unknown" for a state newer than this program. And back
// (STATE_UNSPECIFIED for no state's word).
std::string StateWord(v1::Job::State state);
v1::Job::State StateOfWord(std::string_view word);

// "0.42 s", "12 s", "3 min 12 s", "2 h 05 min", "3 d 4 h"; "unknown" if not finite.
std::string FormatDuration(double seconds);

// "812", "12.3 k", "1.2 M", "3.4 G": three significant digits.
std::string FormatCount(double count);

// "1.13 GiB", as FormatBytes but by 1,024: for who reads sizes so.
std::string FormatBinaryBytes(int64_t bytes);

// "1,234,567".
std::string FormatGrouped(int64_t count);

// Digits enough for people: "2.3451", "1.2e-05", "NaN", "Infinity".
std::string FormatNumber(double value);

// A mean with its standard error, to two digits of the error: "1.302 ± 0.012"; "+/-" unless
// `unicode`. With none the error is "undefined", which is not 0.
std::string FormatEstimate(double mean, std::optional<double> standard_error, bool unicode);

// Who is in a statistic and why the others are not: "5 of 5", "4 of 5, 1 diverged".
std::string TallyText(const v1::Tally& tally);
// The same for one step of a series: "3 of 5, 1 diverged, 1 without a point".
std::string StepTallyText(int64_t members, int64_t n, int64_t diverged);

// "45 %"; never "100 %" before the end nor "0 %" after the beginning.
std::string FormatPercent(double fraction);

// "61 °C"; "61 C" without Unicode.
std::string FormatCelsius(double celsius, bool unicode = true);

// "180 W".
std::string FormatWatts(double watts);

// A cell of a table with commas, quoted where it must be (RFC 4180).
std::string CsvCell(std::string_view text);

// RFC 3339 UTC with milliseconds: "2026-01-02T03:04:05.678Z"; "" for an absent time.
std::string FormatTime(const google::protobuf::Timestamp& time);

// Seconds since 1970 of a timestamp.
double UnixSeconds(const google::protobuf::Timestamp& time);

}  // namespace lab

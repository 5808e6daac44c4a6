#pragma once

// The points of one metric of one run, by step: a function of the step, so a newer point at a known
// step replaces the older one. GUI thread.

#include <cstdint>
#include <string>
#include <vector>

#include "gui/models/extremes.h"

namespace lab::gui {

class Series {
 public:
  explicit Series(std::string name = "", std::string unit = "")
      : name_(std::move(name)), unit_(std::move(unit)) {}

  const std::string& name() const { return name_; }  // "train/loss"
  const std::string& unit() const { return unit_; }  // "nats"; "" if not known
  void set_unit(std::string unit) { unit_ = std::move(unit); }

  size_t size() const { return steps_.size(); }
  bool empty() const { return steps_.empty(); }
  const std::vector<int64_t>& steps() const { return steps_; }     // ascending
  const std::vector<double>& seconds() const { return seconds_; }  // running time
  const std::vector<double>& values() const { return values_; }    // may be NaN or infinite
  // Of any range of values().
  const Extremes& extremes() const { return extremes_; }
  // How often points were replaced, put in between or dropped; not counting appends at the end nor
  // points that came again. Who derives something from the points begins anew when it changes.
  uint64_t edits() const { return edits_; }

  // At the end in O(1) amortised; elsewhere the later points move.
  void append(int64_t step, double seconds, double value);
  // Drops what lies beyond `step`: the run went on from there.
  void rewind(int64_t step);
  void clear();

 private:
  std::string name_, unit_;
  std::vector<int64_t> steps_;
  std::vector<double> seconds_, values_;
  Extremes extremes_;
  uint64_t edits_ = 0;
};

}  // namespace lab::gui

#pragma once

// What the driver says of the GPUs, through NVIDIA's management library, which is opened by name: a
// machine without it has no GPUs here, at no cost. The driver is asked by a thread of its own, at
// most once a second and only while somebody wants to know, so that a call that does not return
// (a GPU that fell off its bus) holds up nobody. Any thread.

#include <memory>
#include <string>
#include <vector>

#include "lab/v1/system.pb.h"

namespace lab {

class GpuMeter {
 public:
  explicit GpuMeter(std::string library = "libnvidia-ml.so.1");
  // Leaves a thread behind that the driver does not let go of.
  ~GpuMeter();
  GpuMeter(const GpuMeter&) = delete;
  GpuMeter& operator=(const GpuMeter&) = delete;

  // The newest figures, by the driver's numbers. `wait`: until they are fresh, but at most half a
  // second (two for the first); else, and then, those before, or none if they are older than ten
  // seconds. Has fresh ones made in any case.
  std::vector<v1::Gpu> Latest(bool wait);

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;  // with the thread, which may outlive the meter
};

}  // namespace lab

#pragma once

// Why a worker is gone, in words and with a reason: last words, protocol errors, silence, signals
// and exit statuses all end here. Pure, any thread.

#include <optional>
#include <string>

#include "daemon/supervisor/supervisor.h"

namespace lab {

// What is known about a worker that is gone.
struct WorkerRemains {
  std::optional<EndedMessage> last_words;
  int64_t last_step = 0;           // of its reports
  std::string protocol_error;      // why labd ended it; "" if it did not
  bool silent = false;             // no heartbeat for too long
  double silence_limit = 0;        // in seconds, for the message
  std::optional<StopMode> stop;    // it was asked to stop
  bool forced = false;             // labd sent SIGTERM or SIGKILL
  std::optional<int> wait_status;  // as waitpid gave it
  std::string last_lines;          // the end of its stderr
};

// The end to report. Last words count even if the worker then died badly.
WorkerEnd ExplainEnd(const WorkerRemains& remains);

// "exited with status 3", "was killed by SIGSEGV (segmentation fault)".
std::string DescribeWaitStatus(int status);

}  // namespace lab

#include "daemon/supervisor/failure.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include <sys/wait.h>

#include "core/base/strings.h"

namespace lab {
namespace {

std::string WithLastLines(std::string message, const std::string& last_lines) {
  if (!last_lines.empty()) message += StrCat("; its last words: ", last_lines);
  return message;
}

}  // namespace

std::string DescribeWaitStatus(int status) {
  if (WIFEXITED(status)) return StrCat("exited with status ", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    const char* name = ::sigabbrev_np(number);
    const char* words = ::sigdescr_np(number);
    return StrCat("was killed by SIG", name != nullptr ? name : "?", " (",
                  words != nullptr ? words : "unknown", ")");
  }
  return "vanished";
}

WorkerEnd ExplainEnd(const WorkerRemains& remains) {
  WorkerEnd end;
  end.step = remains.last_step;
  if (remains.last_words) {
    const EndedMessage& words = *remains.last_words;
    end = {words.outcome, std::max(words.step, remains.last_step), words.reason, words.message};
    if (end.outcome == "failed") {
      if (end.reason.empty()) end.reason = reason::kInternal;
      if (end.message.empty()) end.message = "the worker gave no explanation";
    }
    return end;
  }
  end.outcome = "crashed";
  if (!remains.protocol_error.empty()) {
    end.reason = reason::kWorkerProtocol;
    end.message = StrCat("the worker broke the protocol and was ended: ", remains.protocol_error);
    return end;
  }
  if (remains.silent) {
    end.reason = reason::kWorkerSilent;
    end.message =
        WithLastLines(StrCat("the worker was silent for more than ",
                             FormatDouble(remains.silence_limit), " seconds and was ended"),
                      remains.last_lines);
    return end;
  }
  end.reason = reason::kWorkerCrashed;
  if (remains.forced) {
    end.message =
        WithLastLines("the worker did not stop when asked and was ended", remains.last_lines);
    return end;
  }
  if (!remains.wait_status) {
    end.message = "the worker vanished";
    return end;
  }
  int status = *remains.wait_status;
  end.message = StrCat("the worker ", DescribeWaitStatus(status));
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
    end.message +=
        ", which labd did not send: most likely the kernel, because memory ran out "
        "(see dmesg), or a person";
  }
  end.message = WithLastLines(std::move(end.message), remains.last_lines);
  return end;
}

}  // namespace lab

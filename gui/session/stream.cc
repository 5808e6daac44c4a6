#include "gui/session/stream.h"

namespace lab::gui {

void StreamThreads::start(std::function<void()> work) {
  entries_.remove_if([](const Entry& entry) { return entry.done->load(); });
  auto done = std::make_shared<std::atomic<bool>>(false);
  entries_.push_back({done, std::jthread([work = std::move(work), done] {
                        work();
                        done->store(true);
                      })});
}

}  // namespace lab::gui

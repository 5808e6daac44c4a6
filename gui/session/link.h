#pragma once

// An open way to one labd, found and opened off the GUI thread. Any thread; functions block.

#include <QString>
#include <memory>
#include <mutex>
#include <string>

#include "proto/client/connection.h"
#include "proto/client/lab_client.h"

namespace lab::gui {

class Link {
 public:
  Link(std::unique_ptr<Connection> connection, bool started_daemon);

  const LabClient& client() const { return client_; }
  const Address& address() const { return connection_->address(); }
  // True if labd was not running and this program started it.
  bool started_daemon() const { return started_daemon_; }
  // Ends what runs and whatever comes later.
  void close() { client_.CancelAll(); }

 private:
  std::unique_ptr<Connection> connection_;
  LabClient client_;
  bool started_daemon_;
};

// Lets another thread end an openLink that waits for an answer.
class Opening {
 public:
  void close();
  bool closed();

  // While alive, close() ends what `client` asks, at once if it was called before.
  class Guard {
   public:
    Guard(Opening* opening, LabClient* client);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Opening* opening_;
  };

 private:
  std::mutex mutex_;  // guards both members
  LabClient* client_ = nullptr;
  bool closed_ = false;
};

// Opens the way to `host` ("" for LAB_HOST, else the default socket) and hears labd answer. Where
// none listens on the default socket, a labd is started if it was `asked` for, or if the last one
// was killed: one that leaves on purpose takes its socket along.
absl::StatusOr<std::shared_ptr<Link>> openLink(const std::string& host, bool asked,
                                               Opening* opening);

}  // namespace lab::gui

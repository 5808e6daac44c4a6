#pragma once

// What a running command has at hand: labd, the terminal, Ctrl-C, the global flags. One thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/interrupts.h"
#include "cli/output/json.h"
#include "cli/output/table.h"
#include "cli/output/terminal.h"
#include "proto/client/channel.h"
#include "proto/client/connection.h"
#include "proto/client/lab_client.h"
#include "proto/client/reconnect.h"

namespace lab::cli {

// Flags that may stand before or after the command.
struct GlobalFlags {
  std::string host;
  bool json = false;
  bool quiet = false;
  bool no_start = false;
  std::string color = "auto";
};

class Context {
 public:
  Context(GlobalFlags flags, Terminal terminal, Interrupts& interrupts, Environment environment)
      : flags_(std::move(flags)),
        terminal_(std::move(terminal)),
        interrupts_(interrupts),
        environment_(std::move(environment)) {}

  bool json() const { return flags_.json; }
  bool quiet() const { return flags_.quiet; }
  const Terminal& terminal() const { return terminal_; }
  std::ostream& out() { return *terminal_.out; }
  Interrupts& interrupts() { return interrupts_; }
  const Environment& environment() const { return environment_; }

  // Talk, on stderr; nothing with --quiet or --json.
  void Say(std::string_view line);
  // One JSON document on a line of stdout.
  void PrintJson(const Json& document);
  // A table on stdout, cut to the terminal.
  void PrintTable(const Table& table, bool header = true);
  // Text for people on stdout, in the terminal's character set.
  void Print(std::string_view text);
  // `text` in a colour of stdout.
  std::string Painted(std::string_view text, Color color) const;

  absl::StatusOr<Address> FindHost() const;
  // A path that labd is to open: absolute. Relative ones start from the current folder, which only
  // a labd of this machine knows: INVALID_ARGUMENT for one that another machine's is to open.
  absl::StatusOr<std::string> PathForLabd(const std::string& path) const;
  // A model as labd is to find it: a folder by its absolute path, as above; a reference (12,
  // 12@best) or a name as it is. A folder is what holds a '/', or is one of this machine's and not
  // all digits.
  absl::StatusOr<std::string> ModelForLabd(const std::string& given) const;
  // Where relative paths in what the user gives begin: the current folder, or "" (they are refused)
  // if --host names another machine.
  absl::StatusOr<std::string> BaseForLabd() const;
  // labd; if nobody listens on the default socket it is started, unless --no-start. The same
  // through ssh.
  absl::StatusOr<const LabClient*> Client();
  // labd if it runs; DAEMON_UNREACHABLE else. Starts nothing.
  absl::StatusOr<const LabClient*> RunningClient();
  // labd at this address, whatever --host says.
  absl::StatusOr<const LabClient*> ClientOf(const Address& address);
  // The open way to labd; null before one of these calls.
  const Connection* connection() const { return connection_.get(); }
  // True if --host names another machine: paths mean its files then, and relative ones nothing.
  absl::StatusOr<bool> IsRemote() const;
  // A failure of a call in words that name the layer that failed. May look at the layers for some
  // seconds.
  absl::Status Explain(const absl::Status& status) const;
  // How long a stream that broke waits for labd.
  absl::StatusOr<RetryOptions> Patience() const;
  // Says that labd does not answer and is waited for (a failure), or nothing (ok). May look at the
  // layers for some seconds.
  void SayLost(const absl::Status& status);
  // What a running labd says of itself; the same failures.
  absl::StatusOr<v1::System> RunningSystem();

 private:
  absl::StatusOr<const LabClient*> Connect(const Address& address, bool start);

  GlobalFlags flags_;
  Terminal terminal_;
  Interrupts& interrupts_;
  Environment environment_;
  std::unique_ptr<Connection> connection_;
  std::optional<LabClient> client_;
};

// The jobs that `name` means: an id, the members of a group, or several of these with commas:
// "3,5,rates". NOT_FOUND if there are none.
absl::StatusOr<std::vector<int64_t>> FindJobs(const LabClient& client, const std::string& name);
// All that `names` mean, in their order, each once.
absl::StatusOr<std::vector<int64_t>> FindAllJobs(const LabClient& client,
                                                 const std::vector<std::string>& names);
// The same where only one will do; INVALID_ARGUMENT names the members of a larger group.
absl::StatusOr<int64_t> FindJob(const LabClient& client, const std::string& name);

// Ends `text` with a newline unless it is empty or has one.
std::string WithNewline(std::string text);

}  // namespace lab::cli

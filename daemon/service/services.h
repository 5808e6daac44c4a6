#pragma once

// All gRPC services of labd. The daemon makes one Services, registers it with its server builder,
// and calls Shutdown() before the server's own. The services validate, read the store, post to the
// scheduler and the supervisor; they write nothing themselves. gRPC's pool calls them from many
// threads at once.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace grpc {
class ServerBuilder;
class ServerContext;
}  // namespace grpc

namespace lab {

class Catalog;
class Clock;
class EventBus;
class Scheduler;
class StorageGuard;
class Store;
class Supervisor;
struct Places;

// What the services work with. Nothing is owned; all of it outlives the Services.
struct ServiceContext {
  Store* store = nullptr;            // jobs, metrics, checkpoints
  EventBus* events = nullptr;        // committed events to watchers
  Scheduler* scheduler = nullptr;    // the only writer of job state
  Supervisor* supervisor = nullptr;  // the workers
  const Catalog* catalog = nullptr;  // what the idle worker described
  StorageGuard* storage = nullptr;   // limits of the disk
  const Places* places = nullptr;    // where things lie
  const Clock* clock = nullptr;      // for uptime and load
  std::string version;               // labd's
  std::string address;               // what it listens on, as clients write it
  // Whether a stream that was let in may go on; empty: all may. Called now and then while it is
  // open.
  std::function<bool(const grpc::ServerContext&)> still_admits;
  std::filesystem::path log_file;  // the daemon's own log; empty if it goes to stderr
  std::string log_elsewhere;       // where it can be read then; "" if nowhere
  // Streams that may be open. Each holds a thread, for good if its client has stopped: the default
  // is half of what the server has, so that the rest serves short calls.
  int64_t max_streams = 256;
  // Asks the daemon to leave as SIGTERM does; returns at once. Called by SystemService.Shutdown.
  std::function<void()> request_shutdown;
};

// The set of services. Services whose streams are open end them promptly at Shutdown(), also those
// whose client has stopped reading.
class Services {
 public:
  explicit Services(ServiceContext context);
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  // Adds every service to `builder`, before BuildAndStart().
  void Register(grpc::ServerBuilder& builder);

  // Ends every open stream with UNAVAILABLE and refuses new ones; the bus's watchers end, too.
  // Waits half a second at most, then cancels the streams whose clients do not read. May be called
  // from any thread, more than once. Then shut the server down (with a deadline).
  void Shutdown();

  // Streams that are open now: a client is watching, reading or generating. Any thread.
  size_t open_streams() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace lab

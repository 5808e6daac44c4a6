#include "proto/client/channel.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include "core/base/file.h"
#include "core/base/strings.h"

extern char** environ;

namespace lab {
namespace {

using Seconds = std::chrono::duration<double>;
using Clock = std::chrono::steady_clock;

constexpr double kPollSeconds = 0.05;
// So long nobody listens on the socket of a labd that is not merely starting.
constexpr double kGoneSeconds = 1;
// While a call is open and the other side silent; labd allows it (daemon/remote/remote_port.cc).
constexpr int kPingMillis = 10'000;
constexpr int kPingTimeoutMillis = 5'000;
static_assert(kPingMillis + kPingTimeoutMillis == kDeadLinkSeconds * 1000);
// As long as one attempt to connect may take, on a busy machine too (gRPC's name for it is the
// shortest pause, which it is not).
constexpr int kConnectMillis = 20'000;
// The name that every labd's certificate bears (daemon/remote/identity.h).
constexpr char kCertificateName[] = "labd";
// How a labd leaves that found another one on its home.
constexpr int kConflictStatus = 4;
constexpr size_t kQuotedLines = 8;

// The last lines that were written to the log since it was `from` bytes long.
std::string LastLines(const std::filesystem::path& log, size_t from) {
  absl::StatusOr<std::string> text = ReadFile(log);
  if (!text.ok() || text->size() <= from) return "it wrote nothing to its log";
  std::string_view rest = std::string_view(*text).substr(from);
  while (!rest.empty() && rest.back() == '\n') rest.remove_suffix(1);
  size_t begin = rest.size();
  for (size_t lines = 0; lines < kQuotedLines && begin != std::string_view::npos; ++lines) {
    begin = begin == 0 ? std::string_view::npos : rest.rfind('\n', begin - 1);
  }
  if (begin != std::string_view::npos) rest.remove_prefix(begin + 1);
  return StrCat("its last words:\n", ReplaceInvalidUtf8(rest));
}

std::string DescribeExit(int status) {
  if (WIFSIGNALED(status)) return StrCat("was ended by signal ", WTERMSIG(status));
  return StrCat("ended with exit status ", WEXITSTATUS(status));
}

// Owns what posix_spawn wants to have described.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int Spawn(const std::string& binary, const std::string& log, pid_t* pid) {
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = binary;
    char* arguments[] = {name.data(), nullptr};
    return posix_spawn(pid, binary.c_str(), &actions_, &attributes_, arguments, environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

grpc::ChannelArguments CommonArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetInt("grpc.enable_http_proxy", 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMillis);
  // Channels of one process would share a connection, also across a restart of labd.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return arguments;
}

// Waits until labd on `address` serves. `child` is the one that was started here, 0 if none.
// NOT_FOUND if the one that was waited for has left meanwhile: it may have been killed, and holds
// its socket and its home a little longer than it lives.
absl::Status WaitUntilServing(const Address& address, pid_t child, const Places& places,
                              size_t log_size, Clock::time_point deadline, double timeout_seconds) {
  auto channel = OpenChannel(address);
  auto heard_at = Clock::now();
  std::string exit;
  bool lost_race = child == 0;
  while (true) {
    if (SomebodyListens(address.socket)) {
      if (IsServing(channel, 1.0)) return absl::OkStatus();
      heard_at = Clock::now();
    }
    int status = 0;
    if (child > 0 && exit.empty() && waitpid(child, &status, WNOHANG) == child) {
      exit = DescribeExit(status);
      // Another one has the home and may still be on its way to the socket.
      lost_race = WIFEXITED(status) && WEXITSTATUS(status) == kConflictStatus;
    }
    if (!exit.empty() && !lost_race) {
      return Failure(absl::StatusCode::kUnavailable, reason::kDaemonStartFailed,
                     StrCat("labd ", exit, " while starting; ", LastLines(places.log(), log_size),
                            "\n(log: ", places.log().string(), ")"));
    }
    if (lost_race && Clock::now() - heard_at > Seconds(kGoneSeconds) && Clock::now() < deadline) {
      return absl::NotFoundError("the labd that was there has left");
    }
    if (Clock::now() > deadline) {
      return Failure(
          absl::StatusCode::kUnavailable, reason::kDaemonStartFailed,
          StrCat("labd ", exit.empty() ? "" : exit + " and another one ", "does not serve after ",
                 FormatDouble(timeout_seconds), " s; ", LastLines(places.log(), log_size),
                 "\n(log: ", places.log().string(), ")"));
    }
    std::this_thread::sleep_for(Seconds(kPollSeconds));
  }
}

}  // namespace

std::shared_ptr<grpc::Channel> OpenChannel(const Address& address) {
  return grpc::CreateCustomChannel(address.Text(), grpc::InsecureChannelCredentials(),
                                   CommonArguments());
}

std::shared_ptr<grpc::Channel> OpenTlsChannel(const Address& address) {
  grpc::ChannelArguments arguments = CommonArguments();
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingMillis);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMillis);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetSslTargetNameOverride(kCertificateName);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = address.host.certificate;
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::SslCredentials(options);
  if (!address.host.token.empty()) {
    credentials = grpc::CompositeChannelCredentials(
        credentials, grpc::AccessTokenCredentials(address.host.token));
  }
  return grpc::CreateCustomChannel(address.Text(), credentials, arguments);
}

bool SomebodyListens(const std::string& socket) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (socket.size() >= sizeof(name.sun_path)) return false;
  std::memcpy(name.sun_path, socket.c_str(), socket.size() + 1);
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  int result = connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  // A full backlog says EAGAIN: busy, but there.
  bool listens = result == 0 || errno == EAGAIN || errno == EINPROGRESS;
  close(fd);
  return listens;
}

// The health service is asked by its wire form: an empty request, and an answer whose field 1 is
// the status, 1 for SERVING. grpc/health/v1/health.proto.
bool IsServing(const std::shared_ptr<grpc::Channel>& channel, double timeout_seconds) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(static_cast<int64_t>(timeout_seconds * 1000)));
  grpc::CompletionQueue queue;
  grpc::ByteBuffer request(nullptr, 0), answer;
  grpc::Status status;
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool done = false;
  queue.Next(&tag, &done);
  queue.Shutdown();
  if (!status.ok()) return false;
  std::vector<grpc::Slice> slices;
  if (!answer.Dump(&slices).ok()) return false;
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes == std::string("\x08\x01", 2);
}

absl::StatusOr<std::string> FindDaemonBinary(const Environment& environment) {
  std::error_code ignored;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  std::string beside = (self.parent_path() / "labd").string();
  if (access(beside.c_str(), X_OK) == 0) return beside;
  std::string path = environment("PATH");
  for (size_t begin = 0; begin <= path.size();) {
    size_t end = std::min(path.find(':', begin), path.size());
    std::string candidate = path.substr(begin, end - begin) + "/labd";
    if (end > begin && access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return Failure(absl::StatusCode::kUnavailable, reason::kDaemonStartFailed,
                 StrCat("no labd program at ", beside,
                        " nor on PATH; build it with scripts/build, or start it by hand"));
}

absl::StatusOr<DaemonStart> EnsureDaemon(const StartOptions& options) {
  ASSIGN_OR_RETURN(Places places, FindPlaces(options.environment));
  Address address{places.socket().string(), true};
  RETURN_IF_ERROR(CheckSocketPath(address.socket));
  std::error_code none;
  std::uintmax_t log_size = std::filesystem::file_size(places.log(), none);
  if (none) log_size = 0;
  const double timeout = options.timeout_seconds;
  const auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(Seconds(timeout));
  auto wait = [&](pid_t child) {
    return WaitUntilServing(address, child, places, log_size, deadline, timeout);
  };
  if (SomebodyListens(address.socket)) {
    absl::Status serving = wait(0);
    if (serving.ok()) return DaemonStart::kWasRunning;
    if (!absl::IsNotFound(serving)) return serving;
  }
  std::string binary = options.binary;
  if (binary.empty()) {
    ASSIGN_OR_RETURN(binary, FindDaemonBinary(options.environment));
  }
  RETURN_IF_ERROR(CreatePlaces(places));
  while (true) {
    pid_t child = 0;
    if (int error = SpawnPlan().Spawn(binary, places.log().string(), &child); error != 0) {
      return Failure(absl::StatusCode::kUnavailable, reason::kDaemonStartFailed,
                     StrCat("starting ", binary, ": ", strerror(error)));
    }
    absl::Status serving = wait(child);
    if (serving.ok()) return DaemonStart::kStarted;
    if (!absl::IsNotFound(serving)) return serving;
  }
}

}  // namespace lab

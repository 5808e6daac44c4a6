#include "proto/client/probe.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "core/base/descriptor.h"
#include "core/base/strings.h"

namespace lab {
namespace {

using Clock = std::chrono::steady_clock;

absl::Status Unavailable(std::string_view why, const HostPort& at, std::string_view message) {
  return Failure(absl::StatusCode::kUnavailable, why, StrCat(at.Text(), ": ", message));
}

int MillisUntil(Clock::time_point deadline) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

// Waits for `events`; false if the deadline came first.
bool Await(int fd, short events, Clock::time_point deadline) {
  pollfd one = {fd, events, 0};
  while (true) {
    int ready = ::poll(&one, 1, MillisUntil(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// "" once connected, else why not.
std::string ConnectTo(int fd, const addrinfo& target, Clock::time_point deadline) {
  if (::connect(fd, target.ai_addr, target.ai_addrlen) == 0) return "";
  if (errno != EINPROGRESS) return ::strerror(errno);
  if (!Await(fd, POLLOUT, deadline)) return "no answer in time";
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? "" : ::strerror(error);
}

// A connected socket that does not block.
absl::StatusOr<int> ConnectTcp(const HostPort& at, Clock::time_point deadline) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int error = ::getaddrinfo(at.host.c_str(), StrCat(at.port).c_str(), &hints, &found);
  if (error != 0) {
    return Unavailable(reason::kNameNotResolved, at,
                       StrCat("name resolution failed: ", ::gai_strerror(error)));
  }
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::string why;
  for (addrinfo* one = found; one != nullptr; one = one->ai_next) {
    Descriptor fd(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    why = fd.get() < 0 ? ::strerror(errno) : ConnectTo(fd.get(), *one, deadline);
    if (why.empty()) return fd.release();
  }
  return Unavailable(reason::kConnectFailed, at,
                     StrCat("the name resolves, but the TCP connection failed: ", why,
                            "; is labd running there with --listen, and does a firewall let you "
                            "through?"));
}

// OpenSSL writes without MSG_NOSIGNAL: keeps this thread's SIGPIPE from ending the program.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    timespec none = {};
    while (!sigismember(&before_, SIGPIPE) && ::sigtimedwait(&pipe_, nullptr, &none) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

std::string TlsError(int wanted) {
  std::string text = "the other side closed the connection";
  if (unsigned long error = ERR_get_error(); error != 0) {
    const char* words = ERR_reason_error_string(error);
    text = words != nullptr ? words : "unknown error";
  } else if (wanted == SSL_ERROR_SYSCALL && errno != 0) {
    text = ::strerror(errno);
  }
  return StrCat("TCP connects, but the TLS handshake failed: ", text,
                "; is this really labd's port?");
}

absl::Status Handshake(SSL* ssl, int fd, const HostPort& at, Clock::time_point deadline) {
  NoSigpipe guard;
  while (true) {
    ERR_clear_error();
    int done = SSL_connect(ssl);
    if (done == 1) return absl::OkStatus();
    int wanted = SSL_get_error(ssl, done);
    bool reads = wanted == SSL_ERROR_WANT_READ;
    if (!reads && wanted != SSL_ERROR_WANT_WRITE) {
      return Unavailable(reason::kTlsFailed, at, TlsError(wanted));
    }
    if (!Await(fd, reads ? POLLIN : POLLOUT, deadline)) {
      return Unavailable(reason::kTlsFailed, at,
                         "TCP connects, but the TLS handshake had no answer in time");
    }
  }
}

absl::StatusOr<ServerCertificate> Describe(SSL* ssl, const HostPort& at) {
  std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl),
                                                          X509_free);
  std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), BIO_free_all);
  unsigned char* der = nullptr;
  int size = certificate ? i2d_X509(certificate.get(), &der) : 0;
  if (size <= 0 || !memory || PEM_write_bio_X509(memory.get(), certificate.get()) != 1) {
    return Unavailable(reason::kTlsFailed, at, "it shows no certificate");
  }
  ServerCertificate result;
  result.fingerprint = CertificateFingerprint(
      std::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  char* text = nullptr;
  long length = BIO_get_mem_data(memory.get(), &text);
  result.pem.assign(text, static_cast<size_t>(length));
  return result;
}

}  // namespace

absl::StatusOr<ServerCertificate> FetchCertificate(const HostPort& at, double timeout_seconds) {
  auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>(timeout_seconds));
  ASSIGN_OR_RETURN(int connected, ConnectTcp(at, deadline));
  Descriptor fd(connected);
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                            SSL_CTX_free);
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl(context ? SSL_new(context.get()) : nullptr,
                                                SSL_free);
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  if (!ssl || SSL_set_min_proto_version(ssl.get(), TLS1_2_VERSION) != 1 ||
      SSL_set_alpn_protos(ssl.get(), kHttp2, sizeof(kHttp2)) != 0 ||
      SSL_set_fd(ssl.get(), fd.get()) != 1) {
    return absl::InternalError("OpenSSL could not be set up");
  }
  RETURN_IF_ERROR(Handshake(ssl.get(), fd.get(), at, deadline));
  return Describe(ssl.get(), at);
}

absl::Status CompareFingerprints(std::string_view title, std::string_view expected,
                                 std::string_view shown) {
  if (expected == shown) return absl::OkStatus();
  return Failure(absl::StatusCode::kPermissionDenied, reason::kFingerprintDiffers,
                 StrCat(title,
                        " shows another certificate than the one that was pinned; nothing "
                        "was sent to it\n  pinned  ",
                        expected, "\n  shown   ", shown,
                        "\nIf labd was set up anew there, compare with `labd fingerprint` on that "
                        "machine and connect again; else somebody may be in between"));
}

}  // namespace lab
